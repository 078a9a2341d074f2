"""Every chore, as an Invoke task: `make TASK` on a fresh clone, `invoke TASK` in .venv. `invoke --list` is the menu.

Tasks are thin: what they do stands in chores/, plugins/ and tracker/. What people can mend is told without a traceback.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

HERE = Path(__file__).resolve().parent


def told_kindly(chore: Callable[..., None]) -> Callable[..., None]:
    """What went wrong in one clear sentence, and a non-zero exit; tracebacks are for faults of ours."""

    @wraps(chore)
    def run(*args: Any, **more: Any) -> None:
        from settings import SettingsError

        try:
            chore(*args, **more)
        except KeyboardInterrupt:
            raise Exit("Stopped.", code=130) from None
        except SettingsError as error:
            raise Exit(str(error), code=1) from None
        except Exception as error:
            if type(error).__name__ not in KNOWN:
                raise
            raise Exit(str(error), code=1) from None

    return run


KNOWN = {
    "Problem",
    "BuildError",
    "EpisodeError",
    "StaffError",
    "StoreError",
    "Mistakes",
    "AnimaticError",
    "FilmError",
    "ExportError",
    "MailError",
    "UnknownWeek",
}


@task
@told_kindly
def up(_: Context) -> None:
    """Build, serve, and rebuild on change: a running campaign at http://127.0.0.1:8000"""
    from chores.launch import up

    up()


@task
@told_kindly
def demo(_: Context) -> None:
    """The same with a throw-away database full of life, for a first look at the dashboard"""
    from chores.launch import demo

    demo()


@task(help={"publish": "with publishconf.py: what differs online, legal notices checked"})
@told_kindly
def build(_: Context, publish: bool = False) -> None:
    """Build the site into output/"""
    from chores.build import build

    build(publish=publish)


@task
@told_kindly
def serve(_: Context) -> None:
    """Serve output/ and the tracker as in production, without building or watching"""
    from chores.serve import serve

    serve()


@task(help={"publish": "also check what must be there online"})
@told_kindly
def check(_: Context, publish: bool = False) -> None:
    """Check all content without building: each mistake with its file, its line and the mend"""
    from chores.build import check

    mistakes = check(publish)
    if mistakes:
        told = "\n".join(str(mistake) for mistake in mistakes)
        raise Exit(f"{told}\n{len(mistakes)} to mend.", code=1)
    print("Every page and episode is in order.")


@task(positional=["title"], help={"title": 'as people will read it, such as "J\'ai piscine"'})
@told_kindly
def episode(_: Context, title: str) -> None:
    """Write a ready-to-fill episode: invoke episode "J'ai piscine\""""
    from chores.episode import explain_next_steps, write_episode

    print(explain_next_steps(write_episode(title)))


@task(positional=["slug"], help={"slug": "the episode's file without .md (x.en for the English one)"})
@told_kindly
def animatic(_: Context, slug: str) -> None:
    """Draw an animated storyboard from an episode's script, to try the joke before filming"""
    from pelicanconf import LANGUAGES, SITE_NAMES
    from plugins.animatic import draw_for_slug

    def show(part: float) -> None:
        print(f"\rDrawing {slug}: {part:4.0%}", end="", flush=True)

    language = slug.partition(".")[2] or LANGUAGES[0]
    film = draw_for_slug(slug, progress=show, campaign=SITE_NAMES[language])
    print(
        f"\rDrawn: {film.relative_to(HERE) if film.is_relative_to(HERE) else film} ({film.stat().st_size // 1024} KB)"
    )


@task(positional=["file"], help={"file": "what the phone or camera gave", "name": "its name in content/media"})
@told_kindly
def film(_: Context, file: str, name: str = "") -> None:
    """Make a film from a phone ready for the web: invoke film ~/IMG_0042.MOV --name jai-piscine"""
    from chores.film import choose_target, make_ready

    source = Path(file).expanduser()
    target = choose_target(source, name, HERE / "content" / "media")

    def show(part: float) -> None:
        print(f"\r{target.name}: {part:4.0%}", end="", flush=True)

    made = make_ready(source, target, show if sys.stdout.isatty() else None)
    print(f"\r{made.relative_to(HERE)} ({made.stat().st_size // 1024} KB). In the episode: Film: {made.name}")


@task(
    positional=["name"],
    help={
        "name": "who signs in",
        "role": "admin, marketer or editor (unsaid: admin for the very first person, then marketer)",
        "password_stdin": "read the password from standard input instead of asking for it",
    },
)
@told_kindly
def staff(_: Context, name: str, role: str = "", password_stdin: bool = False) -> None:
    """Let somebody in to the dashboard, or change their password"""
    from getpass import getpass

    from settings import load
    from tracker.staff.accounts import add_staff, list_staff
    from tracker.store import open_store

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else getpass(f"Password for {name}: ")
    store = open_store(load().tracker_database)
    store.migrate()
    people = {row["name"]: row["role"] for row in list_staff(store)}
    role = role or people.get(name) or ("marketer" if people else "admin")
    done = add_staff(store, name, password, role)
    store.close()
    print(f"{name} was {done}: {role}. They sign in at {load().site_url}/staff/")


@task(
    positional=["name"],
    help={
        "name": "as staff will read it, such as 'Newsletter 12'",
        "sort": "poster, flyer, magazine, newsletter, partner, network, debate, stand or other",
    },
)
@told_kindly
def origin(_: Context, name: str, sort: str = "") -> None:
    """Make a named link for a newsletter, a poster or a partner, with a code to type and a QR code"""
    from tracker import create_app
    from tracker.origins import tell_origin
    from tracker.services import EXTENSION

    kit = create_app().extensions[EXTENSION]
    try:
        for line in tell_origin(kit, name, sort):
            print(line)
    except ValueError as error:
        raise Exit(str(error), code=1) from None
    finally:
        kit.store.close()


@task
def gifts(_: Context) -> None:
    """Before `import` or `replay`: invoke gifts import FILE --provider stripe, invoke gifts replay"""
    if sys.argv[-1] == "gifts":
        raise Exit("Say what to do: `invoke gifts import FILE --provider NAME --dry-run`, or `invoke gifts replay`.")


@task(
    name="import",
    positional=["file"],
    help={
        "file": "the platform's list of payments, as CSV",
        "provider": "stripe, helloasso or generic",
        "columns": "which column is what, said once: payment=NAME,amount=NAME,date=NAME",
        "dry_run": "only show what would change",
    },
)
@told_kindly
def import_(_: Context, file: str, provider: str, columns: str = "", dry_run: bool = False) -> None:
    """After `gifts`: compare a platform's own list of payments with the ledger, and add what we missed"""
    from tracker import create_app
    from tracker.gifts.reconcile import import_file
    from tracker.services import EXTENSION

    kit = create_app().extensions[EXTENSION]
    try:
        for line in import_file(kit, Path(file).expanduser(), provider, columns, dry_run):
            print(line)
    finally:
        kit.store.close()


@task
@told_kindly
def replay(_: Context) -> None:
    """After `gifts`: read again the notifications that could not be understood"""
    from tracker import create_app
    from tracker.gifts.recording import replay
    from tracker.services import EXTENSION

    kit = create_app().extensions[EXTENSION]
    outcomes = replay(kit)
    kit.store.close()
    for provider, notice, outcome in outcomes:
        print(f"{provider} {notice}: {outcome}")
    print(f"{len(outcomes)} read again." if outcomes else "There is nothing that could not be understood.")


@task(
    help={
        "print_": "only show its text",
        "file": "only write it as one HTML page",
        "week": "such as 2026-W47 (unsaid: the last one that is over)",
        "language": "of what is shown or written: fr or en",
    }
)
@told_kindly
def report(_: Context, print_: bool = False, file: str = "", week: str = "", language: str = "fr") -> None:
    """Send the weekly report to those who want it and have not had it; or --print it, or write it to a --file"""
    from chores.report import report

    for line in report(print_, Path(file).expanduser() if file else None, week, language):
        print(line)


@task(help={"to": "where to write it"})
@told_kindly
def copy(_: Context, to: str = "data/copy/ricochet.db") -> None:
    """Copy the figures into one SQLite file for Datasette and others: no visitor hashes, no accounts, no tokens"""
    from chores.copy import copy_database
    from settings import load
    from tracker.store import open_store

    store, target = open_store(load().tracker_database), HERE / Path(to).expanduser()
    store.migrate()
    try:
        for table, rows in copy_database(store, target):
            print(f"{table:12} {rows:>10}")
    finally:
        store.close()
    print(f"Written. Now: datasette {target} --metadata docs/datasette.yaml --setting sql_time_limit_ms 10000")


@task(help={"rules": "first judge all visits again under the present rules"})
@told_kindly
def recount(_: Context, rules: bool = False) -> None:
    """Make totals again from the rows, and tell any difference"""
    from settings import load
    from tracker.campaign import CampaignFile
    from tracker.rules import judge_again
    from tracker.store import open_store
    from tracker.totals import recount

    settings = load()
    store = open_store(settings.tracker_database)
    store.migrate()
    timezone = CampaignFile(settings.campaign).current().timezone
    if rules:
        for change in judge_again(store, timezone):
            print(f"{change['visits']} visits: {change['from']} became {change['to']}")
    different = recount(store, timezone)
    store.close()
    for row in different:
        where = ", ".join(str(row[name]) or "-" for name in ("sharer", "day", "episode", "channel"))
        print(f"{where}: kept {row['kept']}, counted {row['counted']}")
    print(f"{len(different)} totals differed and were set right." if different else "Totals equal the rows.")


@task
@told_kindly
def settings(_: Context) -> None:
    """List every setting with its default and meaning"""
    from settings import describe

    for name, default, meaning in describe():
        print(f"{name:22} {default or '-':18} {meaning}")


@task
def secret(_: Context) -> None:
    """Print a new signing key for TRACKER_SECRETS"""
    from chores.serve import make_secret

    print(make_secret())


@task(help={"only": "a file, a folder, or file::test", "strict": "a missing browser or database fails"})
def test(_: Context, only: str = "", strict: bool = False) -> None:  # noqa: PT028 - a task, not a test
    """Run all tests (STRICT=1 or --strict: a missing browser fails instead of skipping)"""
    environment = {**os.environ, **({"STRICT": "1"} if strict else {})}
    command = [sys.executable, "-m", "pytest", *([only] if only else [])]
    raise Exit(code=subprocess.run(command, cwd=HERE, env=environment, check=False).returncode)


@task(help={"fix": "format, and mend what can be mended by itself"})
def lint(_: Context, fix: bool = False) -> None:
    """Check format, style and types"""
    commands = [
        ["ruff", "format", *([] if fix else ["--check"]), "."],
        ["ruff", "check", *(["--fix"] if fix else []), "."],
        ["mypy"],
    ]
    codes = [subprocess.run([sys.executable, "-m", *each], cwd=HERE, check=False).returncode for each in commands]
    if any(codes):
        raise Exit("`invoke lint --fix` mends most of it.", code=1)


@task(
    positional=["what"],
    help={
        "what": "tracker, site, crash, or another module of benchmarks/ that can be run",
        "flags": "handed on to it, such as --flags='--database sqlite'",
    },
)
def bench(_: Context, what: str, flags: str = "") -> None:  # no default: Invoke takes no word where there is one
    """Measure ourselves beside others, in one run, as ratios: invoke bench tracker"""
    known = [file.stem for file in sorted((HERE / "benchmarks").glob("*.py")) if "__main__" in file.read_text("utf-8")]
    if what not in known:
        raise Exit(f"There is no benchmark called {what}. There are: {', '.join(known)}.", code=1)
    command = [sys.executable, "-m", f"benchmarks.{what}", *shlex.split(flags)]
    raise Exit(code=subprocess.run(command, cwd=HERE, check=False).returncode)


@task
def lock(_: Context) -> None:
    """Resolve requirements.lock again from pyproject.toml (--upgrade by hand, when you mean it)"""
    command = "uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes"
    options = "--no-emit-index-url --quiet --output-file requirements.lock"
    raise Exit(
        code=subprocess.run([sys.executable, "-m", *f"{command} {options}".split()], cwd=HERE, check=False).returncode
    )


@task
@told_kindly
def screenshots(_: Context) -> None:
    """Take README's pictures from a demo of its own"""
    from chores.screenshots import take

    take()
