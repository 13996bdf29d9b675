"""The Liquid dialect of our mails: autoescaped, limited, with money and dates in the reader's locale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from liquid import BoundTemplate, Environment, RenderContext
from liquid.exceptions import LiquidError
from liquid.filter import with_context

from personalization.mailings.engine.problems import TemplateProblem, TemplateRefused

_DATE_STYLES = ("short", "medium", "long", "full")


class _MailEnvironment(Environment):
    """Liquid with ceilings: a template may be wrong, it may not be expensive."""

    context_depth_limit = 12
    loop_iteration_limit = 5_000
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


@with_context
def money(value: object, currency: object = None, *, context: RenderContext) -> str:
    """`{{ product.price | money: product.currency }}`, or the shop's currency when none is given."""
    code = str(currency or context.resolve("shop.currency") or "")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return ""
    if not amount.is_finite():
        return ""
    return format_currency(amount, code, locale=babel_locale(str(context.resolve("locale"))))


@with_context
def localized_date(value: object, style: object = "long", *, context: RenderContext) -> str:
    """`{{ "now" | date: "long" }}`: short, medium, long, full or a CLDR pattern such as `d MMMM`."""
    moment = _moment(value, context=context)
    if moment is None:
        return ""
    locale = babel_locale(str(context.resolve("locale")))
    if isinstance(moment, datetime) and str(style) not in _DATE_STYLES:
        return format_datetime(moment, str(style), locale=locale)
    day = moment.date() if isinstance(moment, datetime) else moment
    return format_date(day, str(style), locale=locale)


def _moment(value: object, *, context: RenderContext) -> date | None:
    if value in ("now", "today"):
        value = context.resolve("now")
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
