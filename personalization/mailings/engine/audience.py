"""Who a campaign is for, read from JSON with an error for each thing that is not understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_FIELDS = ("locales", "countries", "bought_since", "customer_ids")


@dataclass(frozen=True)
class Audience:
    """A filter over customers who agreed to mail; empty fields do not narrow it."""

    locales: tuple[str, ...] = ()
    """`de` also means `de-AT`."""
    countries: tuple[str, ...] = ()
    bought_since: date | None = None
    customer_ids: tuple[str, ...] = ()
    """The shop's own ids: for a mailing to a few people."""


@dataclass(frozen=True)
class AudienceProblem:
    """What is wrong with one entry; `path` is its place in the JSON."""

    code: str
    detail: str
    path: str


def parse_audience(data: object) -> tuple[Audience, list[AudienceProblem]]:
    """The audience and all that is wrong with it; use it only when the list is empty."""
    if not isinstance(data, Mapping):
        problem = AudienceProblem("not_an_object", "The audience is a JSON object such as {}.", "")
        return Audience(), [problem]
    problems = [_unknown(name) for name in data if name not in _FIELDS]
    since, since_problems = _day(data.get("bought_since"))
    audience = Audience(
        locales=_words(data, name="locales", shape=_LOCALE, example="de", problems=problems),
        countries=_words(data, name="countries", shape=_COUNTRY, example="DE", problems=problems),
        bought_since=since,
        customer_ids=_words(
            data, name="customer_ids", shape=re.compile(r".{1,200}"), example="c-1", problems=problems
        ),
    )
    return audience, problems + since_problems


def _unknown(name: object) -> AudienceProblem:
    detail = f"An audience has no {name!s}. It can have: {', '.join(_FIELDS)}."
    return AudienceProblem("unknown_field", detail, f"/{name}")


def _words(
    data: Mapping[str, object],
    *,
    name: str,
    shape: re.Pattern[str],
    example: str,
    problems: list[AudienceProblem],
) -> tuple[str, ...]:
    values = data.get(name) or []
    if not isinstance(values, list):
        problems.append(AudienceProblem("not_a_list", f'Write a list, such as ["{example}"].', f"/{name}"))
        return ()
    for index, value in enumerate(values):
        if not isinstance(value, str) or not shape.fullmatch(value):
            detail = f"{value!r} is not understood; write something like {example!r}."
            problems.append(AudienceProblem("not_understood", detail, f"/{name}/{index}"))
    return tuple(str(value) for value in values)


def _day(value: object) -> tuple[date | None, list[AudienceProblem]]:
    if value in (None, ""):
        return None, []
    try:
        return date.fromisoformat(str(value)), []
    except ValueError:
        detail = f"{value!r} is not a day; write it like 2026-01-31."
        return None, [AudienceProblem("not_a_day", detail, "/bought_since")]
