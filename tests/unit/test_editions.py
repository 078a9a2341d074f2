"""What is the same on every page is in the compiled template already, and reads the same as if looked up."""

from typing import Any

import pytest
from jinja2 import DictLoader, Environment, TemplateAssertionError
from markupsafe import Markup

from plugins.editions import Edition

FIXED = {
    "site": {"name": "Excuses <& fils>", "url": "https://excuses.example"},
    "styles": Markup("a > b { color: red }"),
    "lang": "fr",
    "_": "[<{}>]".format,
    "asset": {"a.fr.js": "/theme/a.1234.js"}.__getitem__,
}


def print_both(**templates: str) -> tuple[str, str]:
    """What `page` gives in plain Jinja, and in an edition."""
    plain = Environment(loader=DictLoader(templates), autoescape=True)
    edition = Edition(plain, FIXED, autoescape=True)
    for each in (plain, edition):
        each.globals |= {"_": FIXED["_"], "asset": FIXED["asset"]}
    names: dict[str, Any] = {**FIXED, "title": "Un & deux"}
    return plain.get_template("page").render(names), edition.get_template("page").render(names)


@pytest.mark.parametrize(
    "page",
    [
        "{{ site.name }}, {{ _('c\\'est < tout') }}: {{ title }}",
        "<style>{{ styles }}</style>{{ styles ~ site.name ~ title }}",
        "{{ asset('a.' ~ lang ~ '.js') }}{{ asset('a.' ~ 'fr' ~ '.js') }}",
        "{% if title != site.name and lang == 'fr' %}{{ title|replace('&', site.url) }}{% endif %}{{ site.nothing }}",
        "{% macro say(lang, site) %}{{ lang }} {{ site }} {{ _('oui') }}{% endmacro %}{{ say('en', 3) }}{{ lang }}",
        "{% for lang in ['de', 'it'] %}{{ lang }}{{ _('%(n)s fois')|format(n=loop.index) }}{% endfor %}",
    ],
)
def test_a_page_reads_the_same_as_without_an_edition(page: str) -> None:
    plain, printed = print_both(page=page)
    assert printed == plain


def test_what_is_fixed_is_looked_up_once_not_for_each_page() -> None:
    asked: list[str] = []

    def gettext(words: str) -> str:
        asked.append(words)
        return words

    plain = Environment(loader=DictLoader({"page": "{{ _('Donner') }} {{ title }}"}), autoescape=True)
    template = Edition(plain, {"_": gettext}, autoescape=True).get_template("page")
    assert [template.render(title=title) for title in "ab"] == ["Donner a", "Donner b"]
    assert asked == ["Donner"]


def test_a_mistake_on_a_branch_that_nobody_takes_stops_nothing_else_it_is_told_where_it_is() -> None:
    assert print_both(page="{% if not title %}{{ asset('lost') }}{% endif %}fine") == ("fine", "fine")
    with pytest.raises(KeyError):
        print_both(page="{{ asset('lost') }}")


def test_a_template_that_would_tell_others_another_language_is_stopped() -> None:
    templates = {"page": "{% for lang in ['en'] %}\n{% include 'part' %}{% endfor %}", "part": "{{ lang }}"}
    edition = Edition(Environment(loader=DictLoader(templates)), FIXED)
    with pytest.raises(TemplateAssertionError, match="lang is the same on every page") as stopped:
        edition.get_template("page")
    assert (stopped.value.name, stopped.value.lineno) == ("page", 1)
