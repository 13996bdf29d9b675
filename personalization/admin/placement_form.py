"""The form of a placement: the settings as fields, and the fields back as settings. No database here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.http import QueryDict

from personalization.engine.placements import (
    ALIASES,
    DEFAULTS,
    RELATIONS,
    InvalidSettings,
    PlacementSettings,
    settings_for,
)
from personalization.engine.sources import SOURCES

SOURCE_WORDS = {
    "repeat": ("Due again", "What this person buys again and again, when it is due."),
    "copurchase": ("Bought together", "What others buy together with this person's products."),
    "text": ("Similar", "Products whose text is like what the person buys or looks at."),
    "viewed": ("Looked at", "What the person looked at lately and did not buy."),
    "popularity": ("Popular", "What many people of the person's market buy now."),
    "newest": ("New arrivals", "What came into the shop last."),
    "learned": ("Learned ranking", "What the nightly learning expects the person to buy."),
}
RELATION_WORDS = {
    "context": "On the page",
    "cart": "In the cart",
    "bought": "Bought before",
    "viewed": "Looked at",
}
PURPOSES = {
    "home": "The first page: a bit of everything this person may want.",
    "discovery": "Only what this person has never bought.",
    "product": "Beside a product: what is like it and what goes with it.",
    "cart": "What goes with the products in the cart.",
    "email": "The products of a mailing.",
    "similar": "Alternatives to a product.",
    "bought-together": "What others bought with a product.",
    "trending": "What many people buy now.",
    "buy-again": "What this person buys again and again, when it is due.",
    "recently-viewed": "What this person looked at lately.",
}
MIXES = (
    ("ranked", "As ranked", "Whatever suits best."),
    ("mix", "A share of each", "You say how much is a repeat."),
    ("new", "Only new", "Never bought by this person."),
    ("repeat", "Only repeats", "Bought before."),
)
ACTIONS = (("boost", "Boost"), ("bury", "Bury"), ("pin", "Pin"), ("exclude", "Exclude"))
_NUMBERS = (
    "count", "promotion_quota", "promotion_spacing", "diversity", "max_per_category", "max_per_group",
    "just_bought_days", "due_at",
)  # fmt: skip
_MAY_BE_EMPTY = ("promotion_quota", "diversity")
USUAL_SHARE = 0.4


def default_of(key: str) -> PlacementSettings:
    return DEFAULTS.get(ALIASES.get(key, key), DEFAULTS["home"])


def fields_of(key: str, *, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows: the placement's own settings over the defaults."""
    given = {**asdict(default_of(key)), **settings}
    share = given["repeat_share"]
    mode = {None: "ranked", 0: "new", 1: "repeat"}.get(share, "mix")
    return {
        **given,
        "mode": mode,
        "share_percent": _as_percent(share if mode == "mix" else USUAL_SHARE),
        "relevance_percent": _as_percent(given["minimum_relevance"]),
        "sources": [_source(name, given["mix"]) for name in _ordered_sources()],
        "seed_fields": [(name, RELATION_WORDS[name], given["seeds"].get(name, 0)) for name in RELATIONS],
        "rules": [_rule_fields(rule) for rule in given["rules"]],
    }


def settings_of(key: str, *, data: QueryDict) -> dict[str, Any]:
    """Only what differs from the defaults: those may get better without being frozen here."""
    usual = {**asdict(default_of(key)), "rules": []}
    return {name: value for name, value in _given(data).items() if value != usual[name]}


def sent_settings(key: str, *, data: QueryDict) -> dict[str, Any]:
    """From the form's fields, or from the JSON that the preview carries; that one is checked whole."""
    if "tried" not in data:
        return settings_of(key, data=data)
    try:
        settings = json.loads(str(data["tried"]) or "{}")
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise InvalidSettings('The changes are no JSON object. Write one, such as {"count": 6}.')
    settings_for(key, own={key: settings})
    return settings


def _given(data: QueryDict) -> dict[str, Any]:
    given: dict[str, Any] = {name: _number(data.get(name, ""), name=name) for name in _NUMBERS}
    given |= {
        "mix": {name: _number(data.get(f"weight-{name}", ""), name="mix") for name in data.getlist("source")},
        "seeds": _seeds(data),
        "repeat_share": _share(data),
        "filter": data.get("filter", "").strip(),
        "rules": _rules(data),
        "minimum_relevance": _percent(data.get("relevance", "")),
        "new_only": "new_only" in data,
        "fallback": "fallback" in data,
    }
    return {name: value for name, value in given.items() if value is not None or name in _nullable()}


def _nullable() -> tuple[str, ...]:
    return (*_MAY_BE_EMPTY, "repeat_share")


def _ordered_sources() -> list[str]:
    known = [name for name in SOURCE_WORDS if name in SOURCES]
    return [*known, *(name for name in SOURCES if name not in known)]


def _source(name: str, mix: Mapping[str, float]) -> dict[str, Any]:
    title, words = SOURCE_WORDS.get(name, (name.capitalize(), ""))
    return {
        "name": name,
        "title": title,
        "words": words,
        "is_on": name in mix,
        "weight": mix.get(name, 0.5),
    }


def _rule_fields(rule: Mapping[str, Any]) -> dict[str, Any]:
    """`value` is the weight of a boost or bury, the place of a pin."""
    value = rule.get("position") if rule.get("action") == "pin" else rule.get("weight")
    dates = {"starts": rule.get("from", ""), "ends": rule.get("until", "")}
    return {**rule, **dates, "value": "" if value is None else value}


def _share(data: QueryDict) -> float | None:
    mode = data.get("mode", "ranked")
    return {"new": 0.0, "repeat": 1.0, "mix": _percent(data.get("share", ""))}.get(mode)


def _rules(data: QueryDict) -> list[dict[str, Any]]:
    names = ("action", "name", "filter", "value", "from", "until")
    columns: Sequence[Sequence[str]] = [data.getlist(f"rule-{name}") for name in names]
    rows = [[text.strip() for text in row] for row in zip(*columns, strict=False)]
    given = [dict(zip(names, row, strict=True)) for row in rows]
    return [_rule(row) for row in given if row["filter"] or row["name"]]


def _rule(row: Mapping[str, str]) -> dict[str, Any]:
    rule: dict[str, Any] = {"action": row["action"], "filter": row["filter"]}
    rule |= {name: row[name] for name in ("name", "from", "until") if row[name]}
    if row["value"] and row["action"] != "exclude":
        rule["position" if row["action"] == "pin" else "weight"] = _number(row["value"], name="value")
    return rule


def _seeds(data: QueryDict) -> dict[str, Any] | None:
    weights = {name: _number(data.get(f"seed-{name}", ""), name="seeds") for name in RELATIONS}
    return {name: weight for name, weight in weights.items() if weight} or None


def _as_percent(value: Any) -> Any:
    """What is no number is shown as it was sent."""
    return round(100 * value) if isinstance(value, int | float) else value


def _percent(text: str) -> Any:
    number = _number(text or "0", name="")
    return round(number / 100, 4) if isinstance(number, int | float) else text


def _number(text: str, *, name: str) -> Any:
    """A number where it is one; else the text, which the settings' own check then refuses by name."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 1e9 else number
