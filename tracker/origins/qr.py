"""QR codes of an origin's links: as SVG for printers, as PNG for everybody else.

They hold the whole link and not the short code: so they lead to the episode even on a day when the tracker is down.
"""

from __future__ import annotations

from io import BytesIO, StringIO

import segno

QUIET = 4  # modules of white around, which the standard asks for
PIXELS = 16  # of a module in a PNG: some 800 pixels a side


def make_qr(address: str) -> segno.QRCode:
    """A QR code that is still read with a seventh of it dirty or torn."""
    return segno.make_qr(address, error="m", boost_error=False)


def draw_svg(address: str) -> bytes:
    out = BytesIO()
    make_qr(address).save(out, kind="svg", border=QUIET, dark="#000", light="#fff", scale=8, omitsize=False)
    return out.getvalue()


def draw_png(address: str) -> bytes:
    out = BytesIO()
    make_qr(address).save(out, kind="png", border=QUIET, dark="#000", light="#fff", scale=PIXELS)
    return out.getvalue()


def draw_text(address: str) -> str:
    """As signs, for a terminal with light letters on dark, or dark ones on light: phones read both."""
    out = StringIO()
    make_qr(address).terminal(out, border=2, compact=True)
    return out.getvalue()
