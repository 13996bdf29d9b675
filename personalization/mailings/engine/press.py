"""Writes the mails of one campaign in one language: what is the same in all is encoded once and then joined.

The mail says the same as `render` and `mime.build` make of the same content; a template that cannot become a
program (see `program.py`) is rendered by the library, and only that part of the work is slower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, NamedTuple

from liquid import BoundTemplate
from liquid.exceptions import LiquidError
from liquid.stringify import to_liquid_string
from markupsafe import Markup

from personalization.mailings.engine import liquid, mime, render
from personalization.mailings.engine.pieces import encoded, kept
from personalization.mailings.engine.problems import TemplateProblem, TemplateRefused
from personalization.mailings.engine.program import KnownValues, Program, program_of
from personalization.mailings.engine.quoted import decoded_length, quoted
from personalization.mailings.engine.render import (
    NO_COPY,
    CompiledTemplate,
    PersonalContent,
    Shop,
    Words,
    one_line,
)
from personalization.mailings.engine.text import tidy

_PART_HEAD = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


class Addressing(NamedTuple):
    """What the headers of one mail say beyond its content."""

    recipient_name: str
    recipient_address: str
    message_id: str
    entity_reference: str
    feedback_id: str
    unsubscribe_url: str
    unsubscribe_mailto: str
    idempotency_key: str


@dataclass(frozen=True)
class Letterhead:
    """What the headers of all mails say."""

    sender_name: str
    sender_address: str
    list_id: str
    list_name: str
    idempotency_header: str


Pairs = tuple[tuple[str, str], ...]
"""A mapping that can be part of a key."""


@dataclass(frozen=True)
class Imprint:
    """What all mails of a campaign in one language say."""

    locale: str
    shop: Shop
    texts: Pairs = ()
    """Approved copy, by field; plain text, which is escaped."""
    html: Pairs = ()
    """Approved copy that is HTML already, made by us from checked text."""
    plain: Pairs = ()
    """What `html` says, for the plain-text part."""


class Line:
    """A line or a phrase of text, with or without values in it."""

    def __init__(self, template: BoundTemplate, *, autoescape: bool, known: KnownValues) -> None:
        self._template = template
        self._autoescape = autoescape
        self._program = program_of(template, fixed=str, autoescape=autoescape, known=known)

    @property
    def constant(self) -> str | None:
        """The line, where it is the same in all mails."""
        return self._program.text if self._program else None

    def write(self, values: Mapping[str, Any]) -> str:
        if self._program is None:
            return liquid.render(self._template, values=values)
        pieces: list[str] = []
        piece = _escaped if self._autoescape else _plain
        _run(self._program, values, pieces.append, piece=piece, own_piece=piece)
        return "".join(pieces)


class Page:
    """The HTML, as pieces on the wire."""

    def __init__(self, template: BoundTemplate, *, known: KnownValues) -> None:
        self._template = template
        self._program = program_of(template, fixed=quoted, autoescape=True, known=known)

    def write(self, values: Mapping[str, Any]) -> bytes:
        if self._program is None:
            pieces = [quoted(liquid.render(self._template, values=values))]
        else:
            pieces = []
            _run(self._program, values, pieces.append, piece=kept, own_piece=encoded)
        page = b"".join(pieces)
        if len(page) > render.MAX_HTML_BYTES:
            render.refuse_too_large(decoded_length(page))
        return page


class _Wording:
    """The phrases of one part, and with them all that the part's template knows before there is a mail."""

    def __init__(
        self, constants: Mapping[str, Any], phrases: Mapping[str, Line], *, is_html: bool, known: KnownValues
    ) -> None:
        make: Callable[[str], Any] = Markup if is_html else str
        settled = {name: make(line.constant) for name, line in phrases.items() if line.constant is not None}
        self._constants: dict[str, Any] = {**constants, **settled}
        self._phrases = {name: line for name, line in phrases.items() if name not in settled}
        self._make = make
        self.known: dict[tuple[str, ...], Any] = dict(known)
        self.known |= _paths({"wording": self._constants})

    def of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        written = {name: self._make(line.write(values)) for name, line in self._phrases.items()}
        return {**self._constants, **written}


class Press:
    """One campaign's template in one language."""

    def __init__(self, template: CompiledTemplate, *, letterhead: Letterhead, imprint: Imprint) -> None:
        words = render.words_of(template, locale=imprint.locale)
        self._fixed = render.shared_values(imprint.shop, locale=imprint.locale)
        shared = _paths(self._fixed)
        copy = self._copy = {**NO_COPY, **dict(imprint.texts)}
        self._copy_html = {**copy, **{key: Markup(html) for key, html in imprint.html}}  # noqa: S704 - clean by contract
        self._copy_text = {**copy, **dict(imprint.plain)}
        known = shared | _paths({"copy": copy})
        self._subject = Line(words.subject, autoescape=False, known=known)
        self._preheader = Line(words.preheader, autoescape=False, known=known)
        self._fixed_preheader = one_line(self._preheader.constant or "")
        html, text = _phrases(words, known=known)
        self._html_wording = _Wording(
            words.constants_html, html, is_html=True, known=shared | _paths({"copy": self._copy_html})
        )
        self._text_wording = _Wording(
            words.constants_text, text, is_html=False, known=shared | _paths({"copy": self._copy_text})
        )
        self._page = Page(template.html, known=self._html_wording.known)
        self._text = Line(template.text, autoescape=False, known=self._text_wording.known)
        self._base = imprint.shop.url
        self._letterhead = letterhead
        self._fixed_headers = _fixed_headers(letterhead, locale=imprint.locale)

    def write(self, content: PersonalContent, *, addressing: Addressing) -> bytes:
        """The mail in wire form, without the closing dot. Raises TemplateRefused or ValueError."""
        values = {**self._fixed, "copy": self._copy, **render.own_values(content, base=self._base)}
        subject = one_line(self._subject.write(values))
        values["subject"] = subject
        values["preheader"] = self._fixed_preheader or one_line(self._preheader.write(values))
        html = self._page.write({**values, "wording": self._html_wording.of(values), "copy": self._copy_html})
        text = self._text.write({**values, "wording": self._text_wording.of(values), "copy": self._copy_text})
        boundary = f"=_{addressing.entity_reference}".encode("ascii")
        return b"".join(
            (
                self._headers(addressing, subject=subject, date=content.now),
                self._fixed_headers,
                b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="',
                boundary,
                b'"\r\n\r\n--',
                boundary,
                b"\r\n",
                mime.text_part(tidy(text), kind="plain"),
                b"\r\n--",
                boundary,
                b"\r\n",
                _PART_HEAD,
                html,
                b"\r\n--",
                boundary,
                b"--\r\n",
            )
        )

    def _headers(self, addressing: Addressing, *, subject: str, date: datetime) -> bytes:
        own = addressing
        head = self._letterhead
        lines = {
            "To": mime.address_header(own.recipient_name, own.recipient_address),
            "Subject": mime.text_header(subject, name="Subject"),
            "Date": _date_header(date),
            "Message-ID": f"<{own.message_id}>",
            "List-Unsubscribe": f"<{own.unsubscribe_url}>,\r\n <mailto:{own.unsubscribe_mailto}>",
            "Feedback-ID": own.feedback_id,
            "X-Entity-Ref-ID": own.entity_reference,
            head.idempotency_header: own.idempotency_key,
        }
        return "".join([mime.header_line(value, name=name) for name, value in lines.items()]).encode("ascii")


def _fixed_headers(letterhead: Letterhead, *, locale: str) -> bytes:
    lines = {
        "From": mime.address_header(letterhead.sender_name, letterhead.sender_address),
        "Content-Language": locale,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-ID": f"{mime.text_header(letterhead.list_name, name='List-ID')} <{letterhead.list_id}>",
        "Precedence": "bulk",
    }
    return "".join(mime.header_line(value, name=name) for name, value in lines.items()).encode("ascii")


@lru_cache(maxsize=8)
def _date_header(moment: datetime) -> str:
    return format_datetime(moment)


def _phrases(words: Words, *, known: KnownValues) -> tuple[dict[str, Line], dict[str, Line]]:
    """They know the copy as plain text, whichever part they stand in."""
    html = {name: Line(own.html, autoescape=True, known=known) for name, own in words.phrases.items()}
    text = {name: Line(own.text, autoescape=False, known=known) for name, own in words.phrases.items()}
    return html, text


def _paths(values: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """What a template can name of these values."""
    paths: dict[tuple[str, ...], Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            paths |= {(name, key): own for key, own in value.items()}
        else:
            paths[(name,)] = value
    return paths


def _escaped(value: Any) -> str:
    return to_liquid_string(value, True)


def _plain(value: Any) -> str:
    return value if type(value) is str else to_liquid_string(value, False)


def _run(
    program: Program,
    scope: Mapping[str, Any],
    put: Callable[[Any], None],
    *,
    piece: Callable[[Any], Any],
    own_piece: Callable[[Any], Any],
) -> None:
    try:
        program.run(scope, put, piece, own_piece)
    except (LiquidError, TypeError) as error:
        # A filter that is given too much raises TypeError, which the library turns into its own.
        problem = TemplateProblem(code="liquid", detail=f"The Liquid cannot be used: {error}")
        raise TemplateRefused([problem]) from error
