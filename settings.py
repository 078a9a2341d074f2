"""Settings: everything that differs from machine to machine, from the environment or `.env`, with types.

`load()` is the only reader of the environment. It raises SettingsError, whose text says which setting is wrong
and how to set it. `invoke settings` lists them all.
"""

from __future__ import annotations

from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

HERE = Path(__file__).resolve().parent


# Where platforms have their donation pages, and the query field that each carries through: see docs/gifts.md.
PLATFORM_HOSTS = {
    "stripe": ("buy.stripe.com", "donate.stripe.com", "book.stripe.com"),
    "helloasso": ("helloasso.com", "www.helloasso.com", "www.helloasso-sandbox.com"),
}
PLATFORM_FIELDS = {"stripe": "client_reference_id"}


class SettingsError(Exception):
    """A setting is missing or wrong; the text says which one, and the mend."""


class Settings(BaseSettings):
    """The settings of one campaign on one machine. Field names in capitals are the names in the environment."""

    model_config = SettingsConfigDict(env_file=HERE / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="port to listen on")
    site_url: str = Field("", description="public address of the site (empty: http://HOST:PORT)")
    tracker_database: str = Field("data/tracker.db", description="a SQLite file's path, or postgresql://...")
    tracker_secrets: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list, description="signing keys, comma-separated, oldest first; the last one signs"
    )
    tracker_workers: int = Field(1, ge=1, description="processes (one on SQLite)")
    tracker_threads: int = Field(16, ge=1, le=512, description="threads of each process")
    trusted_proxies: int = Field(0, ge=0, description="how many proxies in front add to X-Forwarded-For")
    campaign: str = Field("", description="campaign.json that the tracker reads (empty: OUTPUT/campaign.json)")
    output: str = Field("output", description="folder of the built site")
    donation_url: str = Field("", description="the donation platform's page (empty: the stand-in page of the demo)")
    donation_provider: str = Field(
        "", description="its platform: stripe, helloasso or generic (empty: recognised by the address, else generic)"
    )
    donation_field: str = Field("", description="query field that hands it the visit's id (empty: its platform's own)")
    hook_generic_secret: SecretStr | None = Field(None, description="secret of POST /hooks/generic (without: 404)")
    hook_stripe_secret: SecretStr | None = Field(None, description="secret of POST /hooks/stripe (without: 404)")
    hook_helloasso_key: SecretStr | None = Field(None, description="key of POST /hooks/helloasso (without: 404)")
    hook_helloasso_addresses: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="addresses that HelloAsso's notifications come from, comma-separated"
    )
    helloasso_client_id: str = Field("", description="HelloAsso's API, to ask it about each payment that it tells of")
    helloasso_client_secret: SecretStr | None = Field(None, description="the secret that belongs to it")
    helloasso_api: str = Field("https://api.helloasso.com", description="where that API is (sandbox: another address)")
    helloasso_forms: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="short names of the HelloAsso forms that count (empty: all gift forms)"
    )
    smtp_url: SecretStr | None = Field(
        None, description="mail server: smtps://USER:PASSWORD@HOST:465, smtp://USER:PASSWORD@HOST:587"
    )
    mail_from: str = Field("", description="who writes the weekly report: Le Bureau <bureau@example.org>")
    report_hour: int = Field(7, ge=-1, le=23, description="hour on Mondays at which it is sent (-1: by cron alone)")
    preview: bool = Field(False, description="show drafts too (`make up` sets it)")
    staff_session_hours: int = Field(12, ge=1, description="hours after which staff sign in again")

    @field_validator("tracker_secrets", "hook_helloasso_addresses", "helloasso_forms", mode="before")
    @classmethod
    def split_list(cls, value: Any) -> Any:
        """`old,new` becomes two; blanks around them are dropped."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("tracker_secrets")
    @classmethod
    def refuse_short_secrets(cls, keys: list[SecretStr]) -> list[SecretStr]:
        if any(len(key.get_secret_value()) < 16 for key in keys):
            raise ValueError("each key must have at least 16 characters; make one with `invoke secret`")
        return keys

    @field_validator(
        *("hook_generic_secret", "hook_stripe_secret", "hook_helloasso_key", "helloasso_client_secret", "smtp_url"),
        mode="before",
    )
    @classmethod
    def empty_is_none(cls, value: Any) -> Any:
        return value or None

    @field_validator("donation_url")
    @classmethod
    def refuse_odd_donation_pages(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https://, as in https://www.helloasso.com/associations/...")
        return value

    @field_validator("donation_provider")
    @classmethod
    def refuse_unknown_platforms(cls, value: str) -> str:
        if value not in ("", "generic", *PLATFORM_HOSTS):
            raise ValueError(f"must be one of generic, {', '.join(PLATFORM_HOSTS)}")
        return value

    @field_validator("smtp_url")
    @classmethod
    def check_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            parts = urlsplit(value.get_secret_value()) if value else None
            good = parts is None or (parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0)
        except ValueError:  # a port that is no number
            good = False
        if not good:
            raise ValueError(
                "must be smtps://USER:PASSWORD@HOST:465 or smtp://USER:PASSWORD@HOST:587, %40 for @ in them"
            )
        return value

    @field_validator("mail_from")
    @classmethod
    def check_sender(cls, value: str) -> str:
        name, address = parseaddr(value)
        if value and (address.count("@") != 1 or not address.isascii() or not f"{name}{address}".isprintable()):
            raise ValueError("must be an address, as in Le Bureau <bureau@example.org>")
        return value

    @field_validator("site_url")
    @classmethod
    def tidy_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://, as in https://excuses.example.org")
        return value.rstrip("/")

    def model_post_init(self, _context: Any) -> None:
        """Fill in what follows from other settings."""
        if not self.site_url:
            shown = f"[{self.host}]" if ":" in self.host else self.host
            object.__setattr__(self, "site_url", f"http://{shown}:{self.port}")
        provider = self.donation_provider or recognise_platform(self.donation_url)
        object.__setattr__(self, "donation_provider", provider)
        object.__setattr__(self, "donation_field", self.donation_field or PLATFORM_FIELDS.get(provider, "visit_id"))
        for name, value in (("output", self.output), ("campaign", self.campaign or f"{self.output}/campaign.json")):
            object.__setattr__(self, name, str(HERE / Path(value).expanduser()))
        if "://" not in self.tracker_database:
            object.__setattr__(self, "tracker_database", str(HERE / Path(self.tracker_database).expanduser()))

    @property
    def secrets(self) -> list[str]:
        """Signing keys, oldest first. Raises SettingsError if there is none: no key ever has a default."""
        if not self.tracker_secrets:
            raise SettingsError(
                "TRACKER_SECRETS is not set. `make up` makes one and keeps it in .env; elsewhere, set it to the output "
                "of `invoke secret`."
            )
        return [key.get_secret_value() for key in self.tracker_secrets]


def recognise_platform(address: str) -> str:
    """The donation platform that has its pages there; "generic" for any other address."""
    host = urlsplit(address).hostname or ""
    return next((name for name, hosts in PLATFORM_HOSTS.items() if host in hosts), "generic")


def load(**overrides: Any) -> Settings:
    """Settings from the environment, which beats `.env`. Raises SettingsError."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for each in error.errors():
            name = str(each["loc"][0]).upper() if each["loc"] else "settings"
            lines.append(f"{name}: {each['msg'].removeprefix('Value error, ')} (got {shorten(name, each['input'])})")
        raise SettingsError("\n".join(lines)) from None


def shorten(name: str, value: Any) -> str:
    """What was given, for a message; never a secret."""
    return "a secret, not shown" if any(part in name for part in ("SECRET", "KEY", "SMTP")) else repr(value)[:80]


def describe() -> list[tuple[str, str, str]]:
    """(name, default, meaning) of every setting, in order of declaration."""
    return [
        (
            name.upper(),
            "none" if field.default is None or field.default_factory else str(field.default),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
