"""Personal data: no e-mail address, phone number, card or account number stands in copy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine.text import narrow
from content.engine.types import BriefSpec, Fields, Finding

_EMAIL = re.compile(r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+\.[\w.-]+")
_PHONE = re.compile(
    r"(?<![\w.,/×-])(?:\+\d{1,3}[\s./-]?)?(?:\(0?\d{1,5}\)[\s./-]?)?\d{2,5}(?:[\s./-]\d{2,5}){1,4}(?![\w²³°%×]|[.,]\d|\s?(?:[×x]|mm\b|cm\b|ml\b|kg\b|g\b|l\b|m\b))|(?<!\w)(?:\+\d{8,15}|0\d{8,11})(?!\w)",
    re.ASCII,
)
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in fields.items():
        if field == "slug":
            continue
        plain = narrow(text)
        for name, pattern in (
            ("an e-mail address", _EMAIL),
            ("a phone number", _PHONE),
            ("an account number", _IBAN),
            ("a card number", _CARD),
        ):
            for match in pattern.finditer(plain):
                if _is_meant(name, match.group()):
                    yield Finding(
                        check="personal_data",
                        severity="error",
                        field=field,
                        start=match.start(),
                        end=match.end(),
                        message=f"“{match.group()}” looks like {name}.",
                        remedy="Take it out.",
                    )


def _is_meant(name: str, found: str) -> bool:
    digits = re.sub(r"\D", "", found)
    if name == "a phone number":
        return 8 <= len(digits) <= 15 and not re.fullmatch(r"(?:19|20)\d\d\D(?:19|20)\d\d", found)
    return name != "a card number" or _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
