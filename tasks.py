"""Every chore, as an Invoke task: `make TASK` on a fresh clone, `invoke TASK` in .venv. `invoke --list` is the menu.

Tasks are thin: what they do stands in chores/, plugins/ and tracker/. What people can mend is told without a traceback.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from chores.kindly import told_kindly

HERE = Path(__file__).resolve().parent


@task
@told_kindly
def up(_: Context) -> None:
    """Build, serve, and rebuild on change: a running campaign at http://127.0.0.1:8000"""
    from chores.launch import up

    up()


@task
@told_kindly
def demo(_: Context) -> None:
    """Build and serve with a throw-away database full of life, for a first look at the dashboard"""
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


@task(positional=["title"], help={"title": 'as people will read it, such as "J\'ai poney"'})
@told_kindly
def episode(_: Context, title: str) -> None:
    """Write a ready-to-fill episode: invoke episode "J'ai poney\""""
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
    from chores.film import take_film

    print(take_film(Path(file).expanduser(), name, HERE / "content" / "media"))


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

    from chores.people import let_in
    from settings import load

    settings = load()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else getpass(f"Password for {name}: ")
    print(let_in(settings, name, password, role))


@task(
    positional=["name"],
    help={
        "name": "as staff will read it, such as 'Newsletter 12'",
        "sort": "poster, flyer, magazine, newsletter, partner, network, debate, stand or other",
    },
)
@told_kindly
def origin(_context: Context, name: str, sort: str = "") -> None:
    """Make a named link for a newsletter, a poster or a partner, with a code to type and a QR code"""
    from chores.opened import open_tracker
    from tracker.origins import tell_origin

    try:
        with open_tracker() as (_, kit):
            print("\n".join(tell_origin(kit, name, sort)))
    except ValueError as error:
        raise Exit(str(error), code=1) from None


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
    from chores.gifts import import_list

    for line in import_list(Path(file).expanduser(), provider, columns, dry_run):
        print(line)


@task
@told_kindly
def replay(_: Context) -> None:
    """After `gifts`: read again the notifications that could not be understood"""
    from chores.gifts import replay_notices

    for line in replay_notices():
        print(line)


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
    from chores.opened import open_tables
    from settings import load

    target = HERE / Path(to).expanduser()
    with open_tables(load().tracker_database) as store:
        for table, rows in copy_database(store, target):
            print(f"{table:12} {rows:>10}")
    print(f"Written. Now: datasette {target} --metadata docs/datasette.yaml --setting sql_time_limit_ms 10000")


@task(help={"rules": "first judge all visits again under the present rules"})
@told_kindly
def recount(_: Context, rules: bool = False) -> None:
    """Make totals again from the rows, and tell any difference"""
    from chores.recount import recount_totals

    for line in recount_totals(rules):
        print(line)


@task
@told_kindly
def settings(_: Context) -> None:
    """List every setting with its default and meaning"""
    from settings import describe

    rows = [(name, default or "-", meaning) for name, default, meaning in describe()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, default, meaning in rows:
        print(f"{name:{widths[0]}} {default:{widths[1]}} {meaning}")


@task
def secret(_: Context) -> None:
    """Print a new signing key for TRACKER_SECRETS"""
    from chores.serve import make_secret

    print(make_secret())


@task(
    help={
        "only": "a file, a folder, or file::test",
        "strict": "a missing browser or database fails",
        "processes": "how many run tests side by side (one for each processor)",
    }
)
def test(_: Context, only: str = "", strict: bool = False, processes: int = 0) -> None:  # noqa: PT028 - a task, not a test
    """Run all tests (STRICT=1 or --strict: a missing browser fails instead of skipping)"""
    from chores.checks import run_tests

    raise Exit(code=run_tests(only, strict, processes))


@task(help={"fix": "format, and mend what can be mended by itself"})
def lint(_: Context, fix: bool = False) -> None:
    """Check format, style and types"""
    from chores.checks import run_linters

    if not run_linters(fix):
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
    from chores.checks import list_benchmarks, run_module

    known = list_benchmarks()
    if what not in known:
        raise Exit(f"There is no benchmark called {what}. There are: {', '.join(known)}.", code=1)
    raise Exit(code=run_module(f"benchmarks.{what}", *shlex.split(flags)))


@task
def lock(_: Context) -> None:
    """Resolve requirements.lock again from pyproject.toml (--upgrade by hand, when you mean it)"""
    from chores.checks import resolve_lock

    raise Exit(code=resolve_lock())


@task
@told_kindly
def screenshots(_: Context) -> None:
    """Take README's pictures from a demo of its own"""
    from chores.screenshots import take

    take()
