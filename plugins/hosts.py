"""What our own server does, as ready-made files for static hosts: _headers and _redirects (Netlify, Cloudflare Pages),
.htaccess (Apache), .nginx.conf (to include in a server block).

Security headers, lifetimes, types and compression, pages for what is not there; and links that are out in the world
lead to their episode, which stands in them in the clear, since there is no tracker to follow them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pelican import signals

from plugins.films import write_whole
from plugins.languages import Site
from theme.headers import FIXED, FOR_EVER, content_policy

Headers = Mapping[str, str]

ASK_AGAIN = "public, max-age=0"
"""Cache-Control of pages, films and pictures, which keep their names when they change: browsers ask each time."""


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
        self.homes = [site.home(lang) for lang in site.languages]


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


def redirect_for_netlify(rules: Rules) -> str:
    """_redirects: https://docs.netlify.com/routing/redirects/ and, the same without its 404, Cloudflare Pages', which
    looks for the nearest 404.html by itself: https://developers.cloudflare.com/pages/configuration/redirects/"""
    lines = []
    for home in reversed(rules.homes):
        lines += [f"{home}r/:episode/* {home}episodes/:episode/ 302", f"{home}r/:episode {home}episodes/:episode/ 302"]
    lines += ["/p/* / 302", *(f"{home}* {home}404.html 404" for home in rules.homes[1:])]
    return "\n".join([*lines, ""])


def write_for_apache(rules: Rules) -> str:
    """.htaccess: https://httpd.apache.org/docs/2.4/mod/mod_headers.html; brotli where the module is, gzip elsewhere."""
    embedded = "|".join(place.strip("/") for place in rules.places)
    squeezed = "text/html text/css text/javascript text/vtt text/xml application/xml application/json image/svg+xml"
    lines = ["Options -Indexes", "DirectoryIndex index.html", "AddDefaultCharset utf-8", "AddType text/vtt .vtt"]
    lines += ["AddType application/manifest+json .webmanifest", f"ErrorDocument 404 {rules.homes[0]}404.html"]
    for home in rules.homes[1:]:
        lines += [f'<If "%{{REQUEST_URI}} =~ m#^{home}#">', f"  ErrorDocument 404 {home}404.html", "</If>"]
    lines += ["<IfModule mod_alias.c>", '  RedirectMatch 404 "/(_headers|_redirects|\\.(?!well-known)[^/]*)$"']
    lines += [f'  RedirectMatch 302 "^{home}r/([^/]+)" "{home}episodes/$1/"' for home in rules.homes]
    lines += ['  RedirectMatch 302 "^/p/" "/"', "</IfModule>"]
    lines += ["<IfModule mod_brotli.c>", f"  AddOutputFilterByType BROTLI_COMPRESS;DEFLATE {squeezed}", "</IfModule>"]
    lines += ["<IfModule !mod_brotli.c>", "  <IfModule mod_deflate.c>", f"    AddOutputFilterByType DEFLATE {squeezed}"]
    lines += ["  </IfModule>", "</IfModule>", "<IfModule mod_headers.c>", *_apache(rules.everywhere)]
    lines += [f'  Header set Cache-Control "{ASK_AGAIN}"']
    lines += [f'  <If "%{{REQUEST_URI}} =~ m#^/({embedded})/#">', *_apache(rules.embedded), "  </If>"]
    lines += [f'  <If "%{{REQUEST_URI}} =~ m#^{rules.assets}#">', f'  Header set Cache-Control "{FOR_EVER}"', "  </If>"]
    return "\n".join([*lines, "</IfModule>", ""])


def _apache(headers: Headers) -> Iterator[str]:
    yield from (f'  Header always set {name} "{value}"' for name, value in headers.items())


def write_for_nginx(rules: Rules) -> str:
    """.nginx.conf: a location with headers of its own inherits none, so each has them all.

    https://nginx.org/en/docs/http/ngx_http_headers_module.html
    """
    fresh = {"Cache-Control": ASK_AGAIN}
    lines = [
        "# In your server block: root ...; include .../.nginx.conf; after a build that changes the look, reload nginx.",
        "index index.html;",
        "charset utf-8;",
        "absolute_redirect off;",
        "gzip_static on;",
        "gzip_vary on;",
    ]
    lines += [f"error_page 404 {rules.homes[0]}404.html;", *_nginx(rules.everywhere, fresh)]
    for home in rules.homes[1:]:
        lines += [f"location {home} {{ error_page 404 {home}404.html; }}"]
    for place in rules.places:
        lines += [f"location {place} {{", *_nginx({**rules.everywhere, **rules.embedded}, fresh), "}"]
    lines += [f"location {rules.assets} {{", *_nginx(rules.everywhere, {"Cache-Control": FOR_EVER})]
    lines += ["  location ~ \\.webmanifest$ { default_type application/manifest+json; }", "}"]
    lines += ["location ~ \\.vtt$ { default_type text/vtt; }"]
    for home in reversed(rules.homes):
        lines += [f'location ~ "^{home}r/([^/]+)" {{ return 302 {home}episodes/$1/; }}']
    lines += ["location /p/ { return 302 /; }"]
    lines += ["location ~ /\\.(?!well-known) { return 404; }", "location ~ ^/_(headers|redirects)$ { return 404; }"]
    return "\n".join([*lines, ""])


def _nginx(always: Headers, found: Headers) -> Iterator[str]:
    """`found`: for what is there, not for what is missing."""
    yield from (f'  add_header {name} "{value}" always;' for name, value in always.items())
    yield from (f'  add_header {name} "{value}";' for name, value in found.items())


def write_host_files(pelican: Any) -> None:
    rules = Rules(pelican.settings["SITE"])
    output = Path(pelican.output_path)
    write_whole(output / "_headers", write_for_netlify(rules).encode())
    write_whole(output / "_redirects", redirect_for_netlify(rules).encode())
    write_whole(output / ".htaccess", write_for_apache(rules).encode())
    write_whole(output / ".nginx.conf", write_for_nginx(rules).encode())


def register() -> None:
    signals.finalized.connect(write_host_files)
