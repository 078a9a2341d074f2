"""The Nu Html Checker (W3C's own, https://validator.github.io/validator/) has nothing to say of any page.

It needs Java and its jar, whose place VNU names; .ci/run fetches it. Elsewhere these tests are skipped, but with STRICT
they fail.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chores.build import build_site
from tests.campaigns import Campaign

JAR = os.environ.get("VNU", "")


@pytest.fixture(autouse=True, scope="module")
def checker() -> None:
    if not (Path(JAR).is_file() and shutil.which("java")):
        mend = "There is no Nu Html Checker: set VNU to its vnu.jar, and install Java; see .ci/run"
        if os.environ.get("STRICT"):
            pytest.fail(mend)
        pytest.skip(mend)


HOSTILE = [
    "\"><script>alert('x')</script>",
    "</script><style>*{display:none}</style>",
    "Tom & Jerry < 3 > 2 &amp; &#60;b&#62; 'so' \"what\"",
    "\u202egnirts a si siht\u202c \u200f\u05e9\u05dc\u05d5\u05dd\u200e",
    "🏊🏽‍♀️🤷 J'ai piscine 🏊",
    "{{ 7 * 7 }} {% raw %} ${x} <!-- -->",
]


def complain(folder: Path) -> str:
    """What the checker says of every page below a folder: errors and warnings."""
    pages = sorted(str(page) for page in folder.rglob("*.html"))
    assert pages
    command = ["java", "-Xss2m", "-jar", JAR, "--format", "text", *pages]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    said = [line for line in done.stderr.splitlines() if not line.startswith("Document checking completed.")]
    return "\n".join(said).replace(str(folder), "")


def test_the_checker_sees_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!DOCTYPE html><html lang=fr><title>x</title><p id=a><p id=a><ul><b></ul>")
    said = complain(tmp_path)
    assert "Duplicate ID" in said
    assert "not allowed as child" in said


def test_every_page_of_the_campaign_is_valid(tmp_path: Path) -> None:
    build_site(OUTPUT_PATH=str(tmp_path / "output"), SITEURL="https://excuses.example")
    assert complain(tmp_path / "output") == ""


def test_hostile_words_leave_every_page_valid(campaign: Campaign) -> None:
    for number, words in enumerate([*HOSTILE, "é" * 80], 1):
        name = f"hostile-{number}"
        script = f"[00:00.5] GAUTHIER: {words}\n[00:01.5] MADAME <B> (triste): {words}\n[00:02] FIN"
        headings = {"Number": str(number), "Title": words, "Excuse": words, "Answer": words, "Share": words}
        campaign.write_episode(f"{name}.md", script=script, Summary=words, **headings)
        campaign.write_episode(f"{name}.en.md", script=script, Summary=words, **headings)
    campaign.write_page("a.md", f"Title: {HOSTILE[0]}\nSummary: {HOSTILE[2]}\n\nUne page.\n")
    campaign.build()
    assert complain(campaign.output) == ""
