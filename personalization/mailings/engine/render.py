"""One recipient's mail from a compiled template: subject, preheader, HTML and plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

from liquid import BoundTemplate
from markupsafe import Markup, escape

from personalization.mailings.engine import liquid
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.pieces import OwnLink
from personalization.mailings.engine.problems import TemplateProblem, TemplateRefused
from personalization.mailings.engine.source import compile_mjml
from personalization.mailings.engine.text import tidy

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
NO_COPY: Mapping[str, object] = {
    "title": "",
    "subject": "",
    "preheader": "",
    "body": "",
    "call_to_action": "",
}


@dataclass(frozen=True)
class TemplateSource:
    """What an author wrote: one layout, and the words of each locale."""

    mjml: str
    subject: Mapping[str, str]
    preheader: Mapping[str, str]
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Fixed phrases per locale, reached as `wording.greeting`; they may hold Liquid."""


@dataclass(frozen=True)
class Phrase:
    """One fixed phrase, for HTML and for plain text."""

    html: BoundTemplate
    text: BoundTemplate


@dataclass(frozen=True)
class Words:
    """The parsed lines of one locale."""

    subject: BoundTemplate
    preheader: BoundTemplate
    constants_html: Mapping[str, Markup]
    """Phrases without Liquid: most of them, and never rendered again."""
    constants_text: Mapping[str, str]
    phrases: Mapping[str, Phrase]


@dataclass(frozen=True)
class CompiledTemplate:
    """A template version, ready to render for many recipients."""

    html: BoundTemplate
    text: BoundTemplate
    words: Mapping[str, Words]


class ProductSlot(NamedTuple):
    """One product in a mail."""

    product_id: str
    title: str
    url: str
    image_url: str
    price: Decimal | None
    currency: str
    reason: str
    position: int = 0
    """Its place in what was recommended. 0: not on record, and its link leads straight to the shop."""


@dataclass(frozen=True)
class Shop:
    """Who writes."""

    name: str
    url: str
    postal_address: str
    currency: str


class PersonalContent(Protocol):
    """What is one recipient's own."""

    @property
    def now(self) -> datetime: ...
    @property
    def customer(self) -> Mapping[str, object]: ...
    @property
    def recommendations(self) -> Sequence[ProductSlot]: ...
    @property
    def unsubscribe_url(self) -> str: ...
    @property
    def preferences_url(self) -> str: ...
    @property
    def view_in_browser_url(self) -> str: ...
    @property
    def product_links(self) -> str: ...


class Personal(NamedTuple):
    """The same where nothing else is needed: made for each mail, so it must cost little."""

    now: datetime
    customer: Mapping[str, object]
    recommendations: Sequence[ProductSlot]
    unsubscribe_url: str
    preferences_url: str
    view_in_browser_url: str
    product_links: str = ""


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
    copy_text: Mapping[str, str]
    """The same as plain text."""
    unsubscribe_url: str
    preferences_url: str
    view_in_browser_url: str
    product_links: str = ""
    """Where links to products begin, so that a click is known; empty: they lead straight to the shop."""


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
    compiled = compile_mjml(source.mjml)
    return CompiledTemplate(
        html=liquid.parse_html(compiled.html),
        text=liquid.parse_text(compiled.text),
        words={locale: _words(source, locale=locale) for locale in source.subject},
    )


def _words(source: TemplateSource, *, locale: str) -> Words:
    phrases = _nearest_or_english(source.wording, locale=locale) or {}
    return Words(
        subject=liquid.parse_text(source.subject[locale]),
        preheader=liquid.parse_text(_nearest_or_english(source.preheader, locale=locale) or ""),
        constants_html={name: escape(text) for name, text in phrases.items() if "{" not in text},
        constants_text={name: text for name, text in phrases.items() if "{" not in text},
        phrases={
            name: Phrase(liquid.parse_html(text), text=liquid.parse_text(text))
            for name, text in phrases.items()
            if "{" in text
        },
    )


def render(template: CompiledTemplate, *, content: MailContent) -> RenderedMail:
    """Liquid for one recipient; too large a mail is refused rather than clipped by the reader."""
    words = words_of(template, locale=content.locale)
    values = values_of(content)
    subject = one_line(liquid.render(words.subject, values=values))
    preheader = one_line(liquid.render(words.preheader, values=values))
    values |= {"subject": subject, "preheader": preheader}
    html = _html(template, words=words, values=values, content=content)
    refuse_too_large(len(html.encode()))
    text = _text(template, words=words, values=values, content=content)
    return RenderedMail(subject=subject, preheader=preheader, html=html, text=text)


def refuse_too_large(size: int) -> None:
    """Of the HTML, in bytes."""
    if size > MAX_HTML_BYTES:
        detail = f"The mail is {size:,} bytes; Gmail clips after {MAX_HTML_BYTES:,}. Shorten it."
        raise TemplateRefused([TemplateProblem(code="too_large", detail=detail)])


def words_of(template: CompiledTemplate, *, locale: str) -> Words:
    """Of the locale, else of its language, else English, else the first there are."""
    return _nearest_or_english(template.words, locale=locale) or next(iter(template.words.values()))


def _html(
    template: CompiledTemplate, *, words: Words, values: Mapping[str, object], content: MailContent
) -> str:
    phrases = {
        name: _safe(liquid.render(phrase.html, values=values)) for name, phrase in words.phrases.items()
    }
    copy = {key: _safe(html) for key, html in content.copy_html.items()}
    more = {"wording": {**words.constants_html, **phrases}, "copy": {**NO_COPY, **content.copy, **copy}}
    return liquid.render(template.html, values={**values, **more})


def _text(
    template: CompiledTemplate, *, words: Words, values: Mapping[str, object], content: MailContent
) -> str:
    phrases = {name: liquid.render(phrase.text, values=values) for name, phrase in words.phrases.items()}
    copy = {**NO_COPY, **content.copy, **content.copy_text}
    more = {"wording": {**words.constants_text, **phrases}, "copy": copy}
    return tidy(liquid.render(template.text, values={**values, **more}))


def values_of(content: MailContent) -> dict[str, object]:
    return {
        **shared_values(content.shop, locale=content.locale),
        "copy": {**NO_COPY, **content.copy},
        **own_values(content, base=content.shop.url),
    }


def shared_values(shop: Shop, *, locale: str) -> dict[str, object]:
    """What is the same in all mails of one shop in one language."""
    return {
        "locale": locale,
        "direction": liquid.direction_of(locale),
        "shop": {
            "name": shop.name,
            "url": safe_url(shop.url),
            "postal_address": shop.postal_address,
            "currency": shop.currency,
        },
    }


def own_values(letter: PersonalContent, *, base: str) -> dict[str, object]:
    """The recipient's. `base`: where the shop's addresses without a host are."""
    return {
        "now": letter.now,
        "customer": dict(letter.customer),
        "recommendations": [
            _slot(own, base=base, through=letter.product_links) for own in letter.recommendations
        ],
        "unsubscribe_url": letter.unsubscribe_url,
        "preferences_url": letter.preferences_url,
        "view_in_browser_url": letter.view_in_browser_url,
    }


def _safe(html: str) -> Markup:
    """HTML that came out of an autoescaping template, or that `copy_html` promises to be clean."""
    return Markup(html)  # noqa: S704


def _slot(slot: ProductSlot, *, base: str, through: str) -> dict[str, object]:
    url = safe_url(slot.url, base=base)
    if through and url and slot.position:
        url = OwnLink(f"{through}/{slot.position}")
    return {
        "id": slot.product_id,
        "title": slot.title,
        "url": url,
        "image_url": safe_url(slot.image_url, base=base),
        "price": slot.price,
        "currency": slot.currency,
        "reason": slot.reason,
    }


@lru_cache(maxsize=10_000)
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


def _nearest_or_english(values: Mapping[str, Value], *, locale: str) -> Value | None:
    found = nearest(values, locale=locale)
    return nearest(values, locale="en") if found is None else found
