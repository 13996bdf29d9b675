"""One recipient's mail from a compiled template: subject, preheader, HTML and plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from liquid import BoundTemplate
from markupsafe import Markup

from personalization.mailings.engine import liquid
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.problems import TemplateProblem, TemplateRefused
from personalization.mailings.engine.source import compile_mjml

# Gmail hides what comes after 102 kB of HTML, the unsubscribe link among it.
MAX_HTML_BYTES = 102_000
KNOWN_NAMES = frozenset(
    [
        "customer",
        "recommendations",
        "shop",
        "copy",
        "wording",
        "subject",
        "preheader",
        "locale",
        "direction",
        "now",
        "event",
        "unsubscribe_url",
        "preferences_url",
        "view_in_browser_url",
        "forloop",
    ]
)
Value = TypeVar("Value")
# C0, C1, line and paragraph separators, halves of surrogate pairs, and the marks that reverse the
# reading direction. The joiner inside composed emoji stays.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Named so that `{% if copy.body != blank %}` holds for a campaign without copy: undefined is not blank.
_NO_COPY: Mapping[str, object] = {
    "title": "",
    "subject": "",
    "preheader": "",
    "body": "",
    "call_to_action": "",
}
_TEXT_CONFIG = ParserConfig(css=CSS_PROFILES["strict"], display_links=True)


@dataclass(frozen=True)
class TemplateSource:
    """What an author wrote: one layout, and the words of each locale."""

    mjml: str
    subject: Mapping[str, str]
    preheader: Mapping[str, str]
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Fixed phrases per locale, reached as `wording.greeting`; they may hold Liquid."""


@dataclass(frozen=True)
class Words:
    """The parsed lines of one locale."""

    subject: BoundTemplate
    preheader: BoundTemplate
    phrases: Mapping[str, BoundTemplate]


@dataclass(frozen=True)
class CompiledTemplate:
    """A template version, ready to render for many recipients."""

    html: BoundTemplate
    words: Mapping[str, Words]


@dataclass(frozen=True)
class ProductSlot:
    """One product in a mail."""

    product_id: str
    title: str
    url: str
    image_url: str
    price: Decimal | None
    currency: str
    reason: str


@dataclass(frozen=True)
class Shop:
    """Who writes."""

    name: str
    url: str
    postal_address: str
    currency: str


@dataclass(frozen=True)
class MailContent:
    """Everything one recipient's mail says."""

    locale: str
    now: datetime
    customer: Mapping[str, object]
    shop: Shop
    recommendations: Sequence[ProductSlot]
    copy: Mapping[str, str]
    """Approved copy; values are plain text and are escaped."""
    copy_html: Mapping[str, str]
    """Approved copy that is HTML already, made by us from checked text."""
    unsubscribe_url: str
    preferences_url: str
    view_in_browser_url: str


@dataclass(frozen=True)
class RenderedMail:
    """What goes into the envelope."""

    subject: str
    preheader: str
    html: str
    text: str


def compile_template(source: TemplateSource) -> CompiledTemplate:
    """Parse everything once; a mistake names itself here and not in the middle of a mailing."""
    if not source.subject:
        problem = TemplateProblem(code="no_subject", detail="Write a subject for one locale at least.")
        raise TemplateRefused([problem])
    return CompiledTemplate(
        html=liquid.parse_html(compile_mjml(source.mjml)),
        words={locale: _words(source, locale=locale) for locale in source.subject},
    )


def _words(source: TemplateSource, *, locale: str) -> Words:
    phrases = _nearest_or_english(source.wording, locale=locale) or {}
    return Words(
        subject=liquid.parse_text(source.subject[locale]),
        preheader=liquid.parse_text(_nearest_or_english(source.preheader, locale=locale) or ""),
        phrases={name: liquid.parse_html(text) for name, text in phrases.items()},
    )


def render(template: CompiledTemplate, *, content: MailContent) -> RenderedMail:
    """Liquid for one recipient; too large a mail is refused rather than clipped by the reader."""
    words = _nearest_or_english(template.words, locale=content.locale) or next(iter(template.words.values()))
    values = _values(content)
    subject = one_line(liquid.render(words.subject, values=values))
    preheader = one_line(liquid.render(words.preheader, values=values))
    values |= {"subject": subject, "preheader": preheader}
    values["wording"] = {
        name: _safe(liquid.render(phrase, values=values)) for name, phrase in words.phrases.items()
    }
    html = liquid.render(template.html, values=values)
    size = len(html.encode())
    if size > MAX_HTML_BYTES:
        detail = f"The mail is {size:,} bytes; Gmail clips after {MAX_HTML_BYTES:,}. Shorten it."
        raise TemplateRefused([TemplateProblem(code="too_large", detail=detail)])
    return RenderedMail(subject=subject, preheader=preheader, html=html, text=plain_text(html))


def _values(content: MailContent) -> dict[str, object]:
    shop = content.shop
    return {
        "locale": content.locale,
        "direction": liquid.babel_locale(content.locale).text_direction,
        "now": content.now,
        "customer": dict(content.customer),
        "shop": {
            "name": shop.name,
            "url": safe_url(shop.url),
            "postal_address": shop.postal_address,
            "currency": shop.currency,
        },
        "recommendations": [_slot(slot, base=shop.url) for slot in content.recommendations],
        "copy": dict(_NO_COPY)
        | dict(content.copy)
        | {key: _safe(html) for key, html in content.copy_html.items()},
        "unsubscribe_url": content.unsubscribe_url,
        "preferences_url": content.preferences_url,
        "view_in_browser_url": content.view_in_browser_url,
    }


def _safe(html: str) -> Markup:
    """HTML that came out of an autoescaping template, or that `copy_html` promises to be clean."""
    return Markup(html)  # noqa: S704


def _slot(slot: ProductSlot, *, base: str) -> dict[str, object]:
    return {
        "id": slot.product_id,
        "title": slot.title,
        "url": safe_url(slot.url, base=base),
        "image_url": safe_url(slot.image_url, base=base),
        "price": slot.price,
        "currency": slot.currency,
        "reason": slot.reason,
    }


def safe_url(url: str, *, base: str = "") -> str:
    """An absolute web address, or nothing: a feed must not bring `javascript:` into a mail."""
    joined = urljoin(base, url.strip()) if url.strip() else ""
    try:
        parts = urlsplit(joined)
    except ValueError:
        return ""
    return joined if parts.scheme in ("http", "https") and parts.netloc else ""


def one_line(text: str) -> str:
    """Control characters and line ends become one space: this goes into headers."""
    return " ".join(_CONTROL.sub(" ", text).split())


def plain_text(html: str) -> str:
    """The same mail for people who read text: paragraphs, and each link in its own words."""
    text = get_text(html, _TEXT_CONFIG)
    text = re.sub(r"\[\s*\]\(\S*\)", "", text)
    text = re.sub(r"\[([^\[\]]+)\]\((\S+)\)", r"\1 <\2>", text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _nearest_or_english(values: Mapping[str, Value], *, locale: str) -> Value | None:
    found = nearest(values, locale=locale)
    return nearest(values, locale="en") if found is None else found
