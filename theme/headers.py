"""Security headers, the same from the tracker's server and from any static host: here they are decided, once."""

from collections.abc import Sequence

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

FOR_EVER = "public, max-age=31536000, immutable"
"""Cache-Control of files whose name carries a hash of their content."""


def content_policy(
    style_hashes: Sequence[str] = (), script_hashes: Sequence[str] = (), embeddable: bool = False
) -> str:
    """Content-Security-Policy of a page: nothing from elsewhere, nothing inline but our own style sheet and starter."""
    styles, scripts = (
        " ".join(["'self'", *(f"'{each}'" for each in hashes)]) for hashes in (style_hashes, script_hashes)
    )
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            f"style-src {styles}",
            "img-src 'self' data:",
            "media-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "frame-src https:",  # players that a visitor asked for; PeerTube lives on any host
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {'*' if embeddable else chr(39) + 'none' + chr(39)}",
        )
    )
