"""How long to wait after "not now"."""

from __future__ import annotations

from datetime import timedelta

MAX_ATTEMPTS = 8


MAX_DEATHS = 20


MAX_REPEATS = 20
"""Of a mail in doubt, where the relay drops what it has seen: one that never answers is then for a person."""


def wait_after(attempts: int, *, first_seconds: int = 30) -> timedelta:
    """30 s, 2 min, 8 min, 32 min, then 2 hours: greylisting passes early, an outage costs few attempts."""
    return timedelta(seconds=min(7_200, first_seconds * 4 ** max(0, attempts - 1)))
