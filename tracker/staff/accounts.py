"""Who works here: names, roles and passwords (argon2). There is no default account and no default password."""

from __future__ import annotations

import hashlib
import time
from functools import cache
from threading import BoundedSemaphore
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_login import UserMixin

from tracker.store import Row, Store, Writing

ROLES = ("admin", "marketer", "editor")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000
LONGEST_NAME = 60

_hasher = PasswordHasher()
_hashing = BoundedSemaphore(2)  # each check takes 64 MiB: a hail of guesses must not eat the machine's memory


class StaffError(ValueError):
    """An account that can't be made as asked; the text says the mend."""


class LastAdmin(StaffError):
    """Without this account nobody could let others in."""


class Member(UserMixin):  # type: ignore[misc]
    """Somebody signed in. Their session names their password's fingerprint: a new password ends the old sessions."""

    def __init__(self, row: Row) -> None:
        self.name: str = row["name"]
        self.role: str = row["role"]
        self.password: str = row["password"]

    def get_id(self) -> str:
        return f"{hashlib.sha256(self.password.encode()).hexdigest()[:24]}:{self.name}"


def find_member(store: Store | Writing, name: str) -> Member | None:
    """The person of this name, however they write its capitals."""
    rows = store.query(
        "select name, role, password from staff where name = :name or lower(name) = :lower order by name",
        name=name.strip(),
        lower=name.strip().lower(),
    )
    exact = [row for row in rows if row["name"] == name.strip()]
    return Member((exact or rows)[0]) if rows else None


def resume_member(store: Store, session_id: str) -> Member | None:
    """The person whose session this is; None once their password or account has changed."""
    member = find_member(store, session_id.partition(":")[2])
    return member if member is not None and member.get_id() == session_id else None


def check_password(store: Store, name: str, password: str) -> Member | None:
    """The person, if the password is theirs. A name that nobody has takes as long as one that somebody has."""
    member = find_member(store, name)
    stored = member.password if member else nobodys_password()
    with _hashing:
        try:
            _hasher.verify(stored, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
    return member


@cache
def nobodys_password() -> str:
    """A hash to compare with when there is no such person."""
    return _hasher.hash("nobody has this password, since nobody has this account")


def check_new_password(password: str) -> None:
    """Raises StaffError for a password that is too short to keep anybody out."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffError(f"A password needs at least {SHORTEST_PASSWORD} characters; four random words do well.")
    if len(password) > LONGEST_PASSWORD:
        raise StaffError(f"A password has at most {LONGEST_PASSWORD} characters.")


def add_staff(store: Store, name: str, password: str, role: str = "marketer") -> Literal["added", "changed"]:
    """Add a person, or change their password and role. Raises StaffError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise StaffError(f"A name has 1 to {LONGEST_NAME} characters.")
    if role not in ROLES:
        raise StaffError(f"There is no role {role!r}; choose one of {', '.join(ROLES)}.")
    check_new_password(password)
    with _hashing:
        hashed = _hasher.hash(password)
    with store.atomic() as writing:
        member = find_member(writing, name)
        if member is not None and role != "admin":
            keep_an_admin(writing, member.name)
        writing.execute(
            """
            insert into staff (name, role, password, created_at) values (:name, :role, :password, :now)
            on conflict (name) do update set role = excluded.role, password = excluded.password
            """,
            name=member.name if member else name,
            role=role,
            password=hashed,
            now=int(time.time()),
        )
    return "changed" if member else "added"


def change_password(store: Store, member: Member, password: str) -> Member:
    """Give somebody a new password; their other sessions end. Raises StaffError."""
    add_staff(store, member.name, password, member.role)
    changed = find_member(store, member.name)
    assert changed is not None
    return changed


def list_staff(store: Store) -> list[Row]:
    """{"name", "role", "created_at"} of everybody, by name."""
    return store.query("select name, role, created_at from staff order by name")


def keep_an_admin(writing: Writing, name: str) -> None:
    """Raises LastAdmin if there is no other."""
    admins = writing.query("select name from staff where role = 'admin'")
    if [row["name"] for row in admins] == [name]:
        raise LastAdmin("This is the last admin: make another one first.")


def remove_staff(store: Store, name: str) -> None:
    """Close an account; its sessions end. Raises LastAdmin."""
    with store.atomic() as writing:
        keep_an_admin(writing, name)
        writing.execute("delete from staff where name = :name", name=name)
