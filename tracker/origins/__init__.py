"""Origins: a newsletter, a poster or a partner with a link of its own, made by staff, so that its visits are known.

`links` makes them and lists their addresses, `codes` their short codes, `door` is where typed codes arrive, `qr` and
`prints` draw what is printed, `report` compares them, `desk` is staff's page.
"""

from __future__ import annotations

from tracker.origins.links import OriginLink, add_origin, list_links, tell_origin

__all__ = ["OriginLink", "add_origin", "list_links", "tell_origin"]
