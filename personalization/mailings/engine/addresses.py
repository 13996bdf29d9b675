"""Mail addresses: one spelling per mailbox, and which of them plain SMTP can carry."""

from __future__ import annotations

import re

# The dot-atom of RFC 5322; quoted local parts are legal, unused and a door for injection.
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def normalize_address(address: str) -> str | None:
    """The address as we store and compare it, or None when plain SMTP cannot carry it.

    Case is folded on both sides of the at sign (no provider of today tells `Jo@` from `jo@`)
    and the domain becomes its ASCII form. Dots and `+tags` stay: they are different people at
    some providers, and a tag is often how a customer chose to be written to.
    """
    local, _, domain = address.strip().rpartition("@")
    local = local.lower()
    ascii_domain = _ascii_domain(domain.lower().rstrip("."))
    if ascii_domain is None or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    return f"{local}@{ascii_domain}"


def domain_of(address: str) -> str:
    """The part after the last at sign."""
    return address.rpartition("@")[2]


def _ascii_domain(domain: str) -> str | None:
    """`münchen.example` becomes `xn--mnchen-3ya.example`; nonsense becomes None."""
    try:
        encoded = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        return None
    labels = encoded.split(".")
    if len(labels) < 2 or len(encoded) > 253 or labels[-1].isdigit():
        return None
    return encoded if all(_LABEL.fullmatch(label) for label in labels) else None
