"""What whoever works on Ricochet runs: tests, lint, measurements, the lock."""

from __future__ import annotations

import os
import subprocess
import sys

from settings import HERE

RESOLVE = "uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes"
LOCK = "--no-emit-index-url --quiet --output-file requirements.lock"


def run_module(*words: str, **environment: str) -> int:
    """Run a module of .venv from the project's folder; its exit code."""
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=HERE, env={**os.environ, **environment}, check=False).returncode


def run_tests(only: str, strict: bool, processes: int) -> int:
    """All tests, or a folder's, in so many processes (0: one for each processor), of which whoever is done takes over
    what others still have before them. A file's are sooner done in one."""
    split = ("--numprocesses", str(processes or "auto"), "--maxprocesses", "8", "--dist", "worksteal")
    words = [*(() if only.partition("::")[0].endswith(".py") else split), *([only] if only else [])]
    return run_module("pytest", *words, **({"STRICT": "1"} if strict else {}))


def run_linters(fix: bool) -> bool:
    """Format, style and types, all three whatever the others say; whether all is well."""
    codes = [
        run_module("ruff", "format", *([] if fix else ["--check"]), "."),
        run_module("ruff", "check", *(["--fix"] if fix else []), "."),
        run_module("mypy"),
    ]
    return not any(codes)


def list_benchmarks() -> list[str]:
    """The modules of benchmarks/ that can be run."""
    files = sorted((HERE / "benchmarks").glob("*.py"))
    return [file.stem for file in files if "__main__" in file.read_text(encoding="utf-8")]


def resolve_lock() -> int:
    return run_module(*RESOLVE.split(), *LOCK.split())
