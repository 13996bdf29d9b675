"""The Liquid dialect of our mails: autoescaped, limited, with money and dates in the reader's locale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from liquid import BoundTemplate, Environment, RenderContext
from liquid.exceptions import LiquidError
from liquid.filter import with_context

from personalization.mailings.engine.problems import TemplateProblem, TemplateRefused

_DATE_STYLES = ("short", "medium", "long", "full")
LOOPS_LIMIT = 5_000
"""Rounds of all loops of one mail together."""


class _MailEnvironment(Environment):
    """Liquid with ceilings: a template may be wrong, it may not be expensive."""

    context_depth_limit = 12
    loop_iteration_limit = LOOPS_LIMIT
    local_namespace_limit = 200_000
    output_stream_limit = 500_000
    block_nesting_limit = 60


@lru_cache(maxsize=256)
def babel_locale(tag: str) -> Locale:
    """The CLDR locale of a BCP 47 tag; the language alone, then English, when it is unknown."""
    for candidate in (tag, tag.partition("-")[0], "en"):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("English is always known")


@lru_cache(maxsize=256)
def direction_of(tag: str) -> str:
    """`ltr` or `rtl`."""
    return str(babel_locale(tag).text_direction)


@with_context
def money(value: object, currency: object = None, *, context: RenderContext) -> str:
    """`{{ product.price | money: product.currency }}`, or the shop's currency when none is given."""
    code = currency or context.get(["shop", "currency"], token=None, default="")
    return _money(str(value), str(code or ""), str(context.resolve("locale")))


@with_context
def localized_date(value: object, style: object = "long", *, context: RenderContext) -> str:
    """`{{ "now" | date: "long" }}`: short, medium, long, full or a CLDR pattern such as `d MMMM`."""
    now = context.resolve("now")
    return _date(value, style=str(style), locale=str(context.resolve("locale")), now=now)


def money_filter(scope: Mapping[str, Any], value: object, currency: object = None) -> str:
    """`money` for a template that became a program."""
    code = currency or (scope.get("shop") or {}).get("currency", "")
    return _money(str(value), str(code or ""), str(scope["locale"]))


def date_filter(scope: Mapping[str, Any], value: object, style: object = "long") -> str:
    """`date` for a template that became a program."""
    return _date(value, style=str(style), locale=str(scope["locale"]), now=scope["now"])


@lru_cache(maxsize=4_000)
def _money(value: str, code: str, locale: str) -> str:
    """Kept: a mailing writes the same few prices again and again, and each takes Babel 50 microseconds."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return ""
    if not amount.is_finite():
        return ""
    return format_currency(amount, code, locale=babel_locale(locale))


def _date(value: object, *, style: str, locale: str, now: object) -> str:
    moment = _moment(now if value in ("now", "today") else value)
    if moment is None:
        return ""
    if isinstance(moment, datetime) and style not in _DATE_STYLES:
        return format_datetime(moment, style, locale=babel_locale(locale))
    day = moment.date() if isinstance(moment, datetime) else moment
    return format_date(day, style, locale=babel_locale(locale))


def _moment(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _environment(*, autoescape: bool) -> _MailEnvironment:
    environment = _MailEnvironment(autoescape=autoescape)
    environment.add_filter("money", money)
    environment.add_filter("date", localized_date)
    return environment


_HTML = _environment(autoescape=True)
_TEXT = _environment(autoescape=False)


def parse_html(source: str) -> BoundTemplate:
    """A template whose values are escaped for HTML."""
    return _parse(_HTML, source=source)


def parse_text(source: str) -> BoundTemplate:
    """A template for one line of plain text: a subject, a preheader."""
    return _parse(_TEXT, source=source)


def _parse(environment: Environment, *, source: str) -> BoundTemplate:
    try:
        return environment.from_string(source)
    except LiquidError as error:
        raise TemplateRefused([_problem(error)]) from error


def render(template: BoundTemplate, *, values: Mapping[str, object]) -> str:
    """The template's text; limits and unknown filters refuse the message, never the process."""
    try:
        return str(template.render(**values))
    except LiquidError as error:
        raise TemplateRefused([_problem(error)]) from error


def _problem(error: LiquidError) -> TemplateProblem:
    return TemplateProblem(code="liquid", detail=f"The Liquid cannot be used: {error}")


def unknown_names(template: BoundTemplate, *, known: frozenset[str]) -> list[str]:
    """Variables that no mail will ever have; they would print as nothing."""
    return sorted(name for name in template.analyze().globals if name not in known)
