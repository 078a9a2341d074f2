"""What every application of these tests makes alike is made once: they make some two thousand, of the same parts.

Half of what such a test costs went into compiling the same templates and the same addresses again.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule


class Templates(BytecodeCache):
    """What Jinja compiled, by a template's place and the sum of its source."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def remember_builders(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """Werkzeug's own, asked once for each rule: all that it looks at is in the key."""
    compiled: dict[tuple[Any, ...], Any] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, *rule._trace, *sorted((rule.defaults or {}).items()), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    return remembered


def remember() -> None:
    """From here on, for all applications of this process."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Templates()}
    Rule._compile_builder = remember_builders(Rule._compile_builder)  # type: ignore[method-assign]
