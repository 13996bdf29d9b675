"""Who a campaign is for, read from JSON with an error for each thing that is not understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from personalization.engine.filters import CUSTOMERS, FilterError, Node, parse

_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_OWN_ID = re.compile(r".{1,200}")
_FIELDS = (
    "locales", "countries", "bought_since", "customer_ids", "buys_within", "expected_within_days", "due",
    "expression", "except",
)  # fmt: skip
HORIZONS = (7, 14, 30)
"""Days for which the chance to buy is forecast."""
MOST_DAYS = 365


@dataclass(frozen=True)
class BuysWithin:
    """At least and at most: the forecast chance to buy within so many days."""

    days: int
    at_least: float = 0.0
    at_most: float = 1.0


@dataclass(frozen=True)
class Due:
    """Bought before, and due again within so many days; without products: whatever is."""

    within_days: int
    product_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audience:
    """A filter over customers who agreed to mail; empty fields do not narrow it."""

    locales: tuple[str, ...] = ()
    """`de` also means `de-AT`."""
    countries: tuple[str, ...] = ()
    bought_since: date | None = None
    customer_ids: tuple[str, ...] = ()
    """The shop's own ids: for a mailing to a few people."""
    buys_within: BuysWithin | None = None
    expected_within_days: int | None = None
    due: Due | None = None
    expression: Node | None = None
    """Who receives it, such as `country in ("DE", "AT") and orders >= 2`."""
    exclusion: Node | None = None
    """Who does not after all: the JSON's `except`."""


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
        customer_ids=_words(data, name="customer_ids", shape=_OWN_ID, example="c-1", problems=problems),
        buys_within=_buys_within(data.get("buys_within"), problems=problems),
        expected_within_days=_expected(data.get("expected_within_days"), problems=problems),
        due=_due(data.get("due"), problems=problems),
        expression=_filter(data, name="expression", problems=problems),
        exclusion=_filter(data, name="except", problems=problems),
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


def _filter(data: Mapping[str, object], *, name: str, problems: list[AudienceProblem]) -> Node | None:
    text = data.get(name)
    if text is None or (isinstance(text, str) and not text.strip()):
        return None
    if not isinstance(text, str):
        detail = f"Write {name} as one text, such as {CUSTOMERS.example}."
        problems.append(AudienceProblem("not_a_text", detail, f"/{name}"))
        return None
    try:
        return parse(text, vocabulary=CUSTOMERS)
    except FilterError as error:
        problems.append(AudienceProblem("invalid_filter", str(error), f"/{name}"))
        return None


def _buys_within(value: object, *, problems: list[AudienceProblem]) -> BuysWithin | None:
    if value is None:
        return None
    example = '{"days": 30, "at_least": 0.4}'
    data = _object(
        value, name="buys_within", known=("days", "at_least", "at_most"), example=example, problems=problems
    )
    if data is None:
        return None
    days = data.get("days")
    if isinstance(days, bool) or days not in HORIZONS:
        detail = f"{days!r} is no horizon of the forecast; days is 7, 14 or 30."
        problems.append(AudienceProblem("not_understood", detail, "/buys_within/days"))
        return None
    if not {"at_least", "at_most"} & set(data):
        detail = f"Say how likely: at_least, at_most or both, as in {example}."
        problems.append(AudienceProblem("missing", detail, "/buys_within"))
        return None
    low = _chance(data.get("at_least", 0.0), path="/buys_within/at_least", problems=problems)
    high = _chance(data.get("at_most", 1.0), path="/buys_within/at_most", problems=problems)
    if low > high:
        detail = f"Nobody is at least {low:g} and at most {high:g}; swap the two."
        problems.append(AudienceProblem("empty_range", detail, "/buys_within/at_least"))
    return BuysWithin(int(str(days)), low, high)


def _due(value: object, *, problems: list[AudienceProblem]) -> Due | None:
    if value is None:
        return None
    example = '{"within_days": 7, "product_ids": ["p-1"]}'
    data = _object(
        value, name="due", known=("within_days", "product_ids"), example=example, problems=problems
    )
    if data is None:
        return None
    days = _days(data.get("within_days"), path="/due/within_days", problems=problems)
    nested: list[AudienceProblem] = []
    products = _words(data, name="product_ids", shape=_OWN_ID, example="p-1", problems=nested)
    problems += [AudienceProblem(one.code, one.detail, f"/due{one.path}") for one in nested]
    return Due(days, products) if days is not None else None


def _expected(value: object, *, problems: list[AudienceProblem]) -> int | None:
    return None if value is None else _days(value, path="/expected_within_days", problems=problems)


def _object(
    value: object, *, name: str, known: tuple[str, ...], example: str, problems: list[AudienceProblem]
) -> Mapping[str, object] | None:
    if not isinstance(value, Mapping):
        problems.append(AudienceProblem("not_an_object", f"Write an object, such as {example}.", f"/{name}"))
        return None
    for field in value:
        if field not in known:
            detail = f"{name} has no {field!s}. It can have: {', '.join(known)}."
            problems.append(AudienceProblem("unknown_field", detail, f"/{name}/{field}"))
    return value


def _days(value: object, *, path: str, problems: list[AudienceProblem]) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_DAYS:
        return value
    detail = f"{value!r} is not a number of days; write a whole number from 1 to {MOST_DAYS}."
    problems.append(AudienceProblem("not_understood", detail, path))
    return None


def _chance(value: object, *, path: str, problems: list[AudienceProblem]) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0:
        return float(value)
    problems.append(AudienceProblem("not_understood", f"{value!r} is not a chance; write 0 to 1.", path))
    return 0.0
