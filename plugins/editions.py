"""One edition of the theme per language: what is the same on all its pages is set in type once, when it is compiled.

`_("Donner")`, `{{ site.name }}`, `{{ styles }}` and `{{ asset("stamp.svg") }}` become plain text between the
placeholders, so that printing a page costs only what is its own.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jinja2 import Environment, TemplateAssertionError, nodes
from jinja2.runtime import markup_join
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

_PLAIN = (str, Markup, int, float, bool)


class Edition(Environment):
    """Jinja's environment for the pages of one language. `fixed` are the names whose values no page changes."""

    def __init__(self, like: Environment, fixed: Mapping[str, Any], **options: Any) -> None:
        super().__init__(loader=like.loader, **{**options, "auto_reload": False})  # each build makes its own
        self.filters, self.tests = like.filters, like.tests
        self.globals = dict(like.globals)
        self.fixed = fixed

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        Typesetter(self, source, name, filename).visit(source)
        return super()._generate(source, name, filename, defer_init)


class Typesetter(NodeTransformer):
    """Puts words in the place of expressions that are the same on every page. A name that a template sets itself, as a
    macro does with its parameters, is its own; but others cannot be told so."""

    def __init__(self, edition: Edition, template: nodes.Template, name: str | None, filename: str | None) -> None:
        own = {each.name: each for each in template.find_all(nodes.Name) if each.ctx != "load"}
        self._fixed = {word: value for word, value in edition.fixed.items() if word not in own}
        self._edition = edition
        taken = next((each for word, each in own.items() if word in edition.fixed), None)
        if taken and any(template.find_all((nodes.Include, nodes.Extends))):
            what = f"{taken.name} is the same on every page: the name is taken, use another one"
            raise TemplateAssertionError(what, taken.lineno, name, filename)

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if isinstance(node, nodes.Name | nodes.Getattr | nodes.Call | nodes.Concat):
            with suppress(Exception):  # a mistake is told where it is printed, with its line
                value = self._evaluate(node)
                if type(value) in _PLAIN:
                    return nodes.Const(value, lineno=node.lineno, environment=self._edition)
        return super().visit(node, *args, **kwargs)

    def _evaluate(self, node: nodes.Expr) -> Any:
        """What an expression is on every page. Raises Impossible if that depends on the page."""
        if isinstance(node, nodes.Name) and node.name in self._fixed:
            return self._fixed[node.name]
        if isinstance(node, nodes.Getattr):
            return self._edition.getattr(self._evaluate(node.node), node.attr)
        if isinstance(node, nodes.Call) and not (node.kwargs or node.dyn_args or node.dyn_kwargs):
            return self._evaluate(node.node)(*map(self._evaluate, node.args))
        if isinstance(node, nodes.Concat):
            return markup_join(map(self._evaluate, node.nodes))
        return node.as_const()
