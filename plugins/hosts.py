"""The same headers as our own server sends, as ready-made files for static hosts: _headers (Netlify, Cloudflare Pages),
.htaccess (Apache), .nginx.conf (to include in a server block)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pelican import signals

from plugins.films import write_whole
from plugins.languages import Site
from theme.headers import FIXED, FOR_EVER, content_policy

Headers = Mapping[str, str]


class Rules:
    """What every page sends, what pages for other people's sites send, and what never changes."""

    def __init__(self, site: Site) -> None:
        assets = site.settings["ASSETS"]
        policy = content_policy(assets.style_hashes, assets.script_hashes)
        self.everywhere = {**FIXED, "Content-Security-Policy": policy}
        if site.url.startswith("https://"):
            self.everywhere["Strict-Transport-Security"] = "max-age=31536000"
        self.embedded = {"Content-Security-Policy": content_policy(embeddable=True)}
        self.places = [f"{site.home(lang)}embed/" for lang in site.languages]
        self.assets = f"/{site.settings['THEME_STATIC_DIR']}/"
        self.lost = {lang: f"{site.home(lang)}404.html" for lang in site.languages}


def write_for_netlify(rules: Rules) -> str:
    """_headers: rules add up, and a line beginning with ! takes a header back first.

    https://docs.netlify.com/routing/headers/ and https://developers.cloudflare.com/pages/configuration/headers/
    """
    lines = list(_paragraph("/*", rules.everywhere))
    for place in rules.places:
        lines += _paragraph(f"{place}*", rules.embedded, "  ! Content-Security-Policy")
    lines += _paragraph(f"{rules.assets}*", {"Cache-Control": FOR_EVER})
    return "\n".join(lines)


def _paragraph(path: str, headers: Headers, *before: str) -> Iterator[str]:
    yield path
    yield from before
    yield from (f"  {name}: {value}" for name, value in headers.items())
    yield ""


def write_for_apache(rules: Rules) -> str:
    """.htaccess: needs mod_headers; https://httpd.apache.org/docs/2.4/mod/mod_headers.html"""
    embedded = "|".join(place.strip("/") for place in rules.places)
    lines = [f"ErrorDocument 404 {next(iter(rules.lost.values()))}", "AddType text/vtt .vtt", "Options -Indexes", ""]
    lines += ["<IfModule mod_headers.c>", *_apache(rules.everywhere)]
    lines += [f'<If "%{{REQUEST_URI}} =~ m#^/({embedded})/#">', *_apache(rules.embedded), "</If>"]
    lines += [f'<If "%{{REQUEST_URI}} =~ m#^{rules.assets}#">', *_apache({"Cache-Control": FOR_EVER}), "</If>"]
    return "\n".join([*lines, "</IfModule>", ""])


def _apache(headers: Headers) -> Iterator[str]:
    yield from (f'  Header always set {name} "{value}"' for name, value in headers.items())


def write_for_nginx(rules: Rules) -> str:
    """.nginx.conf: a location with headers of its own inherits none, so each has them all.

    https://nginx.org/en/docs/http/ngx_http_headers_module.html
    """
    lines = ["# In your server block: root ...; include .../.nginx.conf;", "index index.html;"]
    lines += [f"error_page 404 {next(iter(rules.lost.values()))};", *_nginx(rules.everywhere)]
    for place in rules.places:
        lines += [f"location {place} {{", *_nginx({**rules.everywhere, **rules.embedded}), "}"]
    lines += [f"location {rules.assets} {{", *_nginx({**rules.everywhere, "Cache-Control": FOR_EVER}), "}"]
    lines += ["location ~ /\\.(?!well-known) { return 404; }", "location = /_headers { return 404; }"]
    return "\n".join([*lines, ""])


def _nginx(headers: Headers) -> Iterator[str]:
    yield from (f'  add_header {name} "{value}" always;' for name, value in headers.items())


def write_host_files(pelican: Any) -> None:
    rules = Rules(pelican.settings["SITE"])
    output = Path(pelican.output_path)
    write_whole(output / "_headers", write_for_netlify(rules).encode())
    write_whole(output / ".htaccess", write_for_apache(rules).encode())
    write_whole(output / ".nginx.conf", write_for_nginx(rules).encode())


def register() -> None:
    signals.finalized.connect(write_host_files)
