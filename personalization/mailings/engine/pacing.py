"""How fast each mailbox provider may be written to, and how a shared bucket of permits keeps to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

# The consumer domains behind which one provider counts what it gets from us.
_PROVIDERS = {
    "google": ("gmail.com", "googlemail.com"),
    "microsoft": (
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "hotmail.de",
        "hotmail.co.uk",
        "outlook.de",
    ),
    "yahoo": ("yahoo.com", "ymail.com", "aol.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "rocketmail.com"),
    "apple": ("icloud.com", "me.com", "mac.com"),
    "united-internet": ("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "mail.com"),
    "yahoo-japan": ("yahoo.co.jp",),
}
_PROVIDER_OF = {domain: provider for provider, domains in _PROVIDERS.items() for domain in domains}
ANY = "*"


def provider_of(address: str) -> str:
    """`google` for `jo@gmail.com`; a domain of its own is its own provider."""
    domain = address.rpartition("@")[2]
    return _PROVIDER_OF.get(domain, domain)


def parse_limits(text: str) -> dict[str, float]:
    """`google=20, example.com=0.5, *=100`: mails a second. Raises ValueError with the entry at fault."""
    limits: dict[str, float] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate = entry.partition("=")
        try:
            limits[name.strip().lower()] = float(rate)
        except ValueError:
            raise ValueError(
                f"{entry!r} is not understood; write google=20, *=100 (mails a second)"
            ) from None
        if limits[name.strip().lower()] <= 0:
            raise ValueError(f"{entry!r}: a limit is more than 0 mails a second; leave it out for none")
    return limits


def limit_of(provider: str, *, limits: Mapping[str, float]) -> float | None:
    """Mails a second; a domain may be limited by name, through its provider, or by `*`."""
    return limits.get(provider, limits.get(ANY))


@dataclass(frozen=True)
class Bucket:
    """Permits not yet used, and since when they have been counted."""

    permits: float
    filled_at: datetime


def take(bucket: Bucket, *, wanted: int, rate: float, now: datetime) -> tuple[int, Bucket]:
    """How many of the wanted may go now. A second's worth is saved up at most; a clock set back saves
    nothing.
    """
    passed = max(0.0, (now - bucket.filled_at).total_seconds())
    permits = min(max(1.0, rate), bucket.permits + passed * rate)
    granted = min(wanted, int(permits))
    return granted, Bucket(permits - granted, now)


def wait_for(position: int, *, rate: float) -> timedelta:
    """How long the one at this position (from 0) waits behind those that go before."""
    return timedelta(seconds=(position + 1) / rate)
