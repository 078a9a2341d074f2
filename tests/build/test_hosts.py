"""What static hosts are told: each page's policy lets in exactly what stands in it, in every host's own words."""

import hashlib
import re
from base64 import b64encode

from tests.campaigns import Campaign

SCRIPT = re.compile(r"<script(?![^>]*(?:\ssrc=|ld\+json))[^>]*>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
POLICY = "Content-Security-Policy"


def digest(texts: list[str]) -> list[str]:
    return [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts]


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


def policies(hosts_file: str) -> set[str]:
    return set(re.findall(r"(default-src [^\"\n]+)", hosts_file))


def test_a_page_holds_nothing_inline_but_what_its_policy_names(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_page("donner.md", "Title: Donner\n\nDonnez !")
    campaign.build()
    page_policy, player_policy = re.findall(rf"{POLICY}: (.+)", campaign.read("_headers"))[:2]
    pages = [path for path in campaign.list_output() if path.endswith(".html")]
    assert len(pages) == 7
    for path in pages:
        html = campaign.read(path)
        allowed = directives(player_policy if "embed/" in path else page_policy)
        assert allowed["script-src"] == ["'self'", *digest(SCRIPT.findall(html))], path
        assert allowed["style-src"] == ["'self'", *digest(STYLE.findall(html))], path
        assert allowed["frame-ancestors"] == (["*"] if "embed/" in path else ["'none'"])
        assert allowed["default-src"] == ["'none'"]
    assert "unsafe" not in page_policy + player_policy


def test_every_host_is_told_the_same(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    told = {name: campaign.read(name) for name in ("_headers", ".htaccess", ".nginx.conf")}
    assert len(policies(told["_headers"])) == 2
    for name, text in told.items():
        assert policies(text) == policies(told["_headers"]), name
        for header in ("nosniff", "strict-origin-when-cross-origin", "camera=()", "same-origin", "max-age=31536000"):
            assert header in text, (name, header)


def test_links_out_in_the_world_lead_to_their_episode_without_a_tracker(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    lines = campaign.read("_redirects").splitlines()
    assert "/r/:episode/* /episodes/:episode/ 302" in lines
    assert "/en/r/:episode/* /en/episodes/:episode/ 302" in lines
    for name, rule in {
        ".htaccess": r'RedirectMatch 302 "(\^.+?)" "(.+?)"',
        ".nginx.conf": r'location ~ "(\^.+?)" \{ return 302 (.+?); \}',
    }.items():
        rules = re.findall(rule, campaign.read(name))
        for home in ("/", "/en/"):
            link = f"{home}r/jai-piscine/wa/{'A' * 16}.{'A' * 16}"
            found = [
                target.replace("$1", match[1])
                for said, target in rules
                if (match := re.match(said, link)) and match.groups()
            ]
            assert found == [f"{home}episodes/jai-piscine/"], name
