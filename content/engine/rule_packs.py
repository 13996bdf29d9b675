"""Rule packs: what a market's law says about advertising, as text that people can edit.

[pack] names the pack and its markets; each other section is a rule; [allowed] holds phrases the
workspace answers for.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from functools import cache
from importlib import resources

from content.engine.types import MarketRule, Severity

PACKAGED = ("japan", "eu", "uk", "us")
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
_OWN_KEYS = frozenset({"severity", "law", "message", "remedy", "always"})


class BadRulePack(ValueError):
    """The text is no rule pack; the message names the section and the remedy."""


@dataclass(frozen=True, kw_only=True)
class RulePack:
    key: str
    name: str
    markets: frozenset[str]
    """Countries (ISO 3166-1); empty: every market."""
    rules: tuple[MarketRule, ...] = ()
    allowed: tuple[str, ...] = ()


def parse_rule_pack(text: str, *, key: str) -> RulePack:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise BadRulePack(f"This is not written as rules are: {' '.join(str(error).split())}") from None
    head = parser["pack"] if parser.has_section("pack") else None
    if head is None or not head.get("name", "").strip():
        raise BadRulePack("Begin with a section [pack] that has a line such as: name = Our own rules")
    sections = [name for name in parser.sections() if name not in {"pack", "allowed"}]
    allowed = parser["allowed"].get("phrases", "") if parser.has_section("allowed") else ""
    return RulePack(
        key=key, name=head["name"].strip(), markets=frozenset(head.get("markets", "").upper().split()),
        rules=tuple(_rule(name, dict(parser[name])) for name in sections), allowed=_words(allowed),
    )  # fmt: skip


def _rule(name: str, section: dict[str, str]) -> MarketRule:
    severity = section.get("severity", "error").strip()
    if severity not in _SEVERITIES:
        raise BadRulePack(f"[{name}] severity = {severity}: write error, warning or info.")
    words = {key: _words(value) for key, value in section.items() if key not in _OWN_KEYS}
    if not any(words.values()):
        raise BadRulePack(f"[{name}] has no words. Add a line such as: en = the best | number one")
    message = section.get("message", "").strip()
    if not message:
        raise BadRulePack(f"[{name}] has no message. Add a line that says what is wrong: message = …")
    return MarketRule(
        name=name, severity=severity, law=section.get("law", "").strip(), message=message,
        remedy=section.get("remedy", "").strip() or "Say it in other words, or leave it out.",
        words=tuple(sorted(words.items())),
        is_absolute=section.get("always", "").strip().lower() in {"yes", "true", "1"},
    )  # fmt: skip


def _words(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in cell.replace("\n", "|").split("|") if word.strip()))


def packaged_text(key: str) -> str:
    return (
        resources.files("content.engine").joinpath("data", "rules", f"{key}.ini").read_text(encoding="utf-8")
    )


@cache
def packaged(key: str) -> RulePack:
    return parse_rule_pack(packaged_text(key), key=key)


def rules_of(packs: tuple[RulePack, ...], *, market: str) -> tuple[MarketRule, ...]:
    return tuple(rule for pack in packs if not pack.markets or market in pack.markets for rule in pack.rules)


@cache
def packaged_rules(market: str) -> tuple[MarketRule, ...]:
    return rules_of(tuple(packaged(key) for key in PACKAGED), market=market)
