"""Invented customers: names that fit their country, and where and since when they shop."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from omotenashi.sample_shop.history.records import Customer

DOMAINS = ("example.com", "example.org", "example.net")
CONSENT_SHARE = 0.78
OLD_CUSTOMER_SHARE = 0.4
"""Who shopped here before the history begins."""
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i"})


def make_customers(
    *, rng: np.random.Generator, count: int, start: datetime, until: datetime
) -> list[Customer]:
    named = _named(rng, count=count)
    return [_joined(customer, rng=rng, start=start, until=until) for customer in named]


def _named(rng: np.random.Generator, *, count: int) -> list[Customer]:
    names: dict[str, Any] = json.loads((Path(__file__).parent / "names.json").read_text(encoding="utf-8"))
    people = {locale: _people(rng, locale=locale, names=pool) for locale, pool in names.items()}
    locales = rng.choice(list(names), size=count, p=[pool["share"] for pool in names.values()])
    return [
        replace(next(people[str(locale)]), external_id=f"customer-{number:04d}")
        for number, locale in enumerate(locales, start=1)
    ]


def _people(rng: np.random.Generator, *, locale: str, names: Mapping[str, Any]) -> Iterator[Customer]:
    """Endless; every pair of names comes once, then again with a number in its address."""
    pairs = [(first, last) for first in names["first"] for last in names["last"]]
    shares = [share for _, _, share in names["places"]]
    round_number = 0
    while True:
        for index in rng.permutation(len(pairs)):
            country, time_zone, _ = names["places"][rng.choice(len(shares), p=shares)]
            first, last = pairs[index]
            email = f"{_latin(first)}.{_latin(last)}{round_number or ''}@{rng.choice(DOMAINS)}"
            yield _customer(first, last, email=email, locale=locale, country=country, time_zone=time_zone)
        round_number += 1


def _customer(first: str, last: str, *, email: str, locale: str, country: str, time_zone: str) -> Customer:
    unknown = datetime.min.replace(tzinfo=UTC)
    return Customer(
        external_id="",
        email=email,
        first_name=first.split(" ")[0],
        last_name=last.split(" ")[0],
        locale=locale,
        country=country,
        time_zone=time_zone,
        email_consent=False,
        email_consent_at=unknown,
        created_at=unknown,
    )


def _latin(name: str) -> str:
    """`蓮 Ren` → `ren`, `Böhm` → `boehm`: what people write before the @."""
    return name.split(" ")[-1].lower().translate(_PLAIN)


def _joined(customer: Customer, *, rng: np.random.Generator, start: datetime, until: datetime) -> Customer:
    days = (until - start).total_seconds() / 86_400
    age = -rng.uniform(1, 400) if rng.random() < OLD_CUSTOMER_SHARE else rng.uniform(0, days * 0.97)
    created_at = start + timedelta(seconds=round(age * 86_400))
    asked_at = min(created_at + timedelta(minutes=int(rng.integers(1, 40))), until)
    return replace(
        customer,
        created_at=created_at,
        email_consent=bool(rng.random() < CONSENT_SHARE),
        email_consent_at=asked_at,
    )
