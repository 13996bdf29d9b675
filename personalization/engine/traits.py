"""What an `identify` says of a customer, under our names; what it says besides is kept as it came."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from personalization.engine.countries import country_code

_NAMES = {
    "first_name": ("firstName", "first_name"),
    "last_name": ("lastName", "last_name"),
    "locale": ("locale", "language"),
    "time_zone": ("timezone", "time_zone", "timeZone"),
    "country": ("country",),
    "email": ("email",),
}
_LIMITS = {"first_name": 120, "last_name": 120, "locale": 35, "email": 254}
_EMAIL = re.compile(r"[^@\s<>\"(),:;]+@[^@\s<>\"(),:;]+\.[^@\s<>\"(),:;.]+")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
CONSENT = "email_consent"


@dataclass(frozen=True)
class Profile:
    fields: Mapping[str, str]
    """Only what was stated: nothing else of the customer changes."""
    consent: bool | None
    others: Mapping[str, Any]


@dataclass
class TraitProblems:
    found: list[tuple[str, str]] = field(default_factory=list)
    """(trait, what to send instead)."""


def read_profile(traits: Mapping[str, Any], *, problems: TraitProblems) -> Profile:
    given = dict(traits)
    address = given.get("address")
    country = address.get("country") if isinstance(address, Mapping) else None
    if country and "country" not in given:
        given["country"] = country
    consent = given.pop(CONSENT, None)
    if consent is not None and not isinstance(consent, bool):
        problems.found.append((CONSENT, f"`{CONSENT}` must be true or false."))
        consent = None
    fields = {name: text for name in _NAMES if (text := _text(name, given, problems=problems)) is not None}
    used = {key for keys in _NAMES.values() for key in keys}
    return Profile(fields, consent, {key: value for key, value in given.items() if key not in used})


def _text(name: str, given: Mapping[str, Any], *, problems: TraitProblems) -> str | None:
    key = next((key for key in _NAMES[name] if given.get(key) is not None), None)
    if key is None:
        return None
    value = given[key]
    if not isinstance(value, str) or len(value) > _LIMITS.get(name, 200):
        problems.found.append((key, f"`{key}` must be text of at most {_LIMITS.get(name, 200)} characters."))
        return None
    text = value.strip()
    if text and name == "email" and not _EMAIL.fullmatch(text):
        problems.found.append((key, f"`{key}` must be an address, such as name@example.com."))
        return None
    return _normal(name, text)


def _normal(name: str, text: str) -> str | None:
    """A locale, zone or country that we do not know is left as it was rather than refused."""
    if name == "locale":
        return text.replace("_", "-") if _LOCALE.fullmatch(text) else None
    if name == "time_zone":
        return text if text in available_timezones() else None
    return country_code(text) or None if name == "country" else text
