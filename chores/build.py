"""Builds the site: checks first, builds beside the old site, and exchanges it file by file only when all went well.

A failed build leaves the site as it was; files whose content stays the same are not touched.
"""

import atexit
import filecmp
import gc
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pelican import Pelican
from pelican.log import FatalLogger, LimitFilter, console
from pelican.settings import read_settings

from chores.compress import SUFFIXES, compress_site
from plugins.check import check_campaign
from plugins.kept import Kept
from plugins.mistakes import Mistake, Mistakes

HERE = Path(__file__).resolve().parent.parent
NOTE = ".built.json"
atexit.register(gc.freeze)  # a process that ends need not look over what its builds left
_LAST = ("index.html", "campaign.json")


class BuildError(Exception):
    """The build stopped; the text says why, mistake by mistake, for people to read. The former site stands."""


@dataclass(frozen=True)
class Built:
    """What a build made: counts, seconds, files that changed, the addresses of drafts in a preview, and the site."""

    episodes: int
    pages: int
    seconds: float
    changed: int
    output: Path
    drafts: list[str]
    site: Any = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return (
            f"Built {self.episodes} episodes and {self.pages} pages in {self.seconds:.1f} s, "
            f"{self.changed} files changed: {self.output}"
        )


def check(publish: bool = False) -> list[Mistake]:
    """Every mistake in the content, without building. Raises BuildError if the settings cannot be read."""
    return check_campaign(_read_settings(publish, {}))[1]


def build(publish: bool = False, preview: bool = False, **overrides: Any) -> Built:
    """Builds the site into OUTPUT and says so in one line. Raises BuildError.

    `publish` uses publishconf.py; `preview` builds drafts too. `overrides` are Pelican settings (PATH, OUTPUT_PATH...).
    """
    built = build_site(publish, preview, **overrides)
    print(built)
    if publish and urlsplit(built.site.url).hostname in ("localhost", "127.0.0.1", "::1"):
        print(
            f"Note: its cards, feeds and links name {built.site.url}, where you are alone. Mend: set SITE_URL in .env."
        )
    for address in built.drafts:
        print(f"Draft, for your eyes only: {address}")
    return built


def build_site(publish: bool = False, preview: bool = False, **overrides: Any) -> Built:
    """The same without a word. Raises BuildError."""
    began = time.perf_counter()
    settings = _read_settings(publish, {**overrides, "PREVIEW": preview})
    output = Path(settings["OUTPUT_PATH"])
    _refuse_foreign_folder(output)
    with _folder_beside(output) as fresh, _garbage_left_lying():
        settings["OUTPUT_PATH"] = str(fresh)
        squeezed = preview or not read_note(output).get("preview")  # what a preview compressed, it did in haste
        settings["KEPT"] = kept = Kept(output if squeezed else None)
        site = _run_pelican(settings)
        note = {"site_url": settings["SITEURL"], "preview": preview, "publish": publish}
        (fresh / NOTE).write_text(json.dumps(note) + "\n", encoding="utf-8")
        compress_site(fresh, kept, quick=preview)
        changed = exchange(fresh, output, kept.places)
        if changed:
            (output / NOTE).touch()  # the running server looks at its date, and reads its list of files again
    return Built(
        episodes=sum(1 for shown in site.episodes if shown.lang == site.languages[0] and shown.status != "draft"),
        pages=len({page.stem for page in site.pages}),
        seconds=time.perf_counter() - began,
        changed=changed,
        output=output,
        drafts=[shown.url for shown in site.episodes if shown.status == "draft"],
        site=site,
    )


def _read_settings(publish: bool, overrides: dict[str, Any]) -> dict[str, Any]:
    conf = HERE / ("publishconf.py" if publish else "pelicanconf.py")
    try:
        settings: dict[str, Any] = read_settings(str(conf), override=dict(overrides))
    except Exception as error:
        raise BuildError(f"{conf.name} cannot be used: {error}") from error
    return settings


def _run_pelican(settings: dict[str, Any]) -> Any:
    """Runs Pelican in this process. What it would only log as an error stops it, as with --fatal errors."""
    LimitFilter._raised_messages.clear()
    former, FatalLogger.fatal_lvl = FatalLogger.fatal_lvl, logging.ERROR
    said = _Listener()
    logging.getLogger().addHandler(said)
    try:
        pelican = Pelican(settings)  # type: ignore[no-untyped-call]
        if missing := set(settings["PLUGINS"]) - {module.__name__ for module in pelican.plugins}:
            raise BuildError(f"these plugins could not be loaded: {', '.join(sorted(missing))}")
        _run_quietly(pelican)
    except Mistakes as mistakes:
        number = len(mistakes.mistakes)
        heading = f"{number} mistakes" if number > 1 else "One mistake"
        raise BuildError(f"{heading} in the content; the site stays as it was.\n{mistakes}") from None
    except BuildError:
        raise
    except Exception as error:
        reasons = [*said.errors, *([] if str(error) == "Warning or error encountered" else [_explain(error)])]
        raise BuildError("The site cannot be built, and stays as it was.\n" + "\n".join(reasons)) from error
    finally:
        FatalLogger.fatal_lvl = former
        logging.getLogger().removeHandler(said)
    if said.errors:
        raise BuildError("The site cannot be built, and stays as it was.\n" + "\n".join(said.errors))
    return pelican.settings["SITE"]


def _run_quietly(pelican: Any) -> None:
    """Pelican's own last line counts articles; ours counts episodes."""
    with console.capture():
        pelican.run()


class _Listener(logging.Handler):
    """Keeps what is logged as an error, however Pelican is set up."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            text += f": {_explain(record.exc_info[1])}"
        self.errors.append(text)


def _explain(error: BaseException) -> str:
    """An error with its place, when it comes from a template."""
    name, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    place = f"{name}:{line}: " if name and line else ""
    if not place:
        trace = error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename.endswith(".html"):
                place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}: "
            trace = trace.tb_next
    return f"{place}{type(error).__name__}: {error}"


@contextmanager
def _garbage_left_lying() -> Iterator[None]:
    """A build makes much and throws little away: looking for garbage would take a fifth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _refuse_foreign_folder(output: Path) -> None:
    """A build clears its folder of what is no longer wanted: it must not be somebody's home."""
    if (
        output.is_dir()
        and any(output.iterdir())
        and not any((output / ours).exists() for ours in (NOTE, "campaign.json"))
    ):
        mend = "set OUTPUT to an empty folder, or empty this one yourself"
        raise BuildError(f"{output} holds other things than a built site, which a build would delete. Mend: {mend}.")
    if output.exists() and not output.is_dir():
        raise BuildError(f"{output} is not a folder. Mend: set OUTPUT to one.")


@contextmanager
def _folder_beside(output: Path) -> Iterator[Path]:
    """An empty folder on the same disk as the site, gone afterwards."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        for left in output.parent.glob(f".{output.name}-*"):  # by a build that was killed
            if time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    except OSError as error:
        mend = f"let yourself write in {output.parent}, or set OUTPUT to another folder"
        raise BuildError(f"The site cannot be written: {error.strerror}. Mend: {mend}.") from None
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def exchange(fresh: Path, output: Path, kept: Collection[str] = ()) -> int:
    """Makes `output` the same as `fresh` and what is kept, and returns how many files changed.

    Whoever reads meanwhile finds whole files: what pages need comes first, what nobody needs any more goes last.
    """
    try:
        if not output.exists():
            count = len(_list_files(fresh))
            fresh.chmod(0o755)
            fresh.rename(output)
            return count
        wanted = _list_files(fresh)
        changed = [Path(path) for path in wanted if not _is_same(os.path.join(fresh, path), os.path.join(output, path))]
        for path in sorted(changed, key=lambda path: (path.name in _LAST, path.name == "campaign.json", str(path))):
            target = output / path
            _clear_way(output, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(fresh / path, target)
        variants = (place + suffix for place in kept for suffix in SUFFIXES)
        gone = _list_files(output).difference(wanted, kept, variants)
        for name in gone:
            (output / name).unlink()
        for folder in sorted((each for each in output.rglob("*") if each.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise BuildError(f"The site cannot be written: {error}. Mend: let yourself write in {output}.") from None
    return len(changed) + len(gone)


def _list_files(folder: Path) -> set[str]:
    """Where every file stands in a folder."""
    start = len(str(folder)) + 1
    return {os.path.join(place, name)[start:] for place, _, names in os.walk(folder) for name in names}


def _clear_way(output: Path, path: Path) -> None:
    """A folder where a file comes, or a file where a folder comes, gives way."""
    for part in reversed(path.parents[:-1]):
        if (output / part).is_file():
            (output / part).unlink()
    if (output / path).is_dir():
        shutil.rmtree(output / path)


def _is_same(one: str, other: str) -> bool:
    if not os.path.isfile(other):
        return False
    ours, theirs = os.stat(one), os.stat(other)
    if ours.st_size != theirs.st_size:
        return False
    return ours.st_mtime_ns == theirs.st_mtime_ns or filecmp.cmp(one, other, shallow=False)


def read_note(output: Path) -> dict[str, Any]:
    """What the last build noted: `site_url`, `preview`, `publish`; nothing if there was none."""
    try:
        note = json.loads((output / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
