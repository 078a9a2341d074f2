"""The mail server: SMTP_URL says where it is and who we are there. What is said on the way is encrypted."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from settings import Settings

PATIENCE = 20  # seconds
SPELT = "smtps://USER:PASSWORD@HOST:465 or smtp://USER:PASSWORD@HOST:587, with %40 for @ in them"


class MailError(Exception):
    """A mail could not be sent; the text says the mend, and never the password."""


def can_post(settings: Settings) -> bool:
    """Whether mails can be sent at all."""
    return settings.smtp_url is not None and bool(settings.mail_from)


@contextmanager
def open_post(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, signed in. Raises MailError."""
    if settings.smtp_url is None or not settings.mail_from:
        raise MailError(f"SMTP_URL and MAIL_FROM are not set. SMTP_URL is {SPELT}; MAIL_FROM is who writes.")
    parts = urlsplit(settings.smtp_url.get_secret_value())
    host, port = parts.hostname or "", parts.port
    server: smtplib.SMTP | None = None
    try:
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port or 465, timeout=PATIENCE, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port or 587, timeout=PATIENCE)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif not is_here(host):
                raise MailError(f"{host} offers no encryption. Write smtps:// in SMTP_URL, or name another server.")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except (OSError, smtplib.SMTPException) as error:
        if server is not None:
            server.close()
        raise MailError(f"The mail server {host} can't be used: {tell(error)}. SMTP_URL is {SPELT}.") from error
    except MailError:
        if server is not None:
            server.close()
        raise
    try:
        yield server
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def post_letter(server: smtplib.SMTP, letter: EmailMessage) -> None:
    """Hand a letter over. Raises MailError, with the server's own reason."""
    try:
        server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(tell(error)) from error


def tell(error: Exception) -> str:
    """The server's answer on one line, or the error's name where it says nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        (code, text) = next(iter(error.recipients.values()))
        return f"{code} {text.decode(errors='replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return " ".join(str(error).split()) or type(error).__name__


def is_here(host: str) -> bool:
    """Whether this is our own machine, where nobody listens on the way."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
