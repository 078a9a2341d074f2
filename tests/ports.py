"""A port for a server that is about to start, when several processes look for one at the same time."""

from __future__ import annotations

import secrets
import socket


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections: one of these could
    take it before the server is up. The choice is the system's, not `random`'s, which tests may have seeded."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
