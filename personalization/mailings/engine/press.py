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
from typing import Any

from liquid import BoundTemplate
from liquid.exceptions import LiquidError
from liquid.stringify import to_liquid_string
from markupsafe import Markup

from personalization.mailings.engine import liquid, mime, render
from personalization.mailings.engine.problems import TemplateProblem, TemplateRefused
from personalization.mailings.engine.program import Program, program_of
from personalization.mailings.engine.quoted import decoded_length, quoted
from personalization.mailings.engine.render import NO_COPY, CompiledTemplate, MailContent, Words, one_line
from personalization.mailings.engine.text import tidy

KEPT_VALUES = 5_000
"""Encoded values that are kept: titles, prices, links and reasons come back mail after mail."""
LONGEST_KEPT = 160
"""Longer are the signed links, which no other mail has."""
_PART_HEAD = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


@dataclass(frozen=True)
class Addressing:
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


class Line:
    """A line or a phrase of text, with or without values in it."""

    def __init__(self, template: BoundTemplate, *, autoescape: bool) -> None:
        self._template = template
        self._autoescape = autoescape
        self._program = program_of(template, fixed=str, autoescape=autoescape)

    def write(self, values: Mapping[str, Any]) -> str:
        if self._program is None:
            return liquid.render(self._template, values=values)
        pieces: list[str] = []
        _run(self._program, dict(values), pieces.append, _escaped if self._autoescape else _plain)
        return "".join(pieces)


class Page:
    """The HTML, as pieces on the wire."""

    def __init__(self, template: BoundTemplate) -> None:
        self._template = template
        self._program = program_of(template, fixed=quoted, autoescape=True)
        self._plain: dict[str, bytes] = {}
        self._safe: dict[str, bytes] = {}

    def write(self, values: Mapping[str, Any]) -> bytes:
        if self._program is None:
            pieces = [quoted(liquid.render(self._template, values=values))]
        else:
            pieces = []
            _run(self._program, dict(values), pieces.append, self._piece)
        page = b"".join(pieces)
        if len(page) > render.MAX_HTML_BYTES:
            render.refuse_too_large(decoded_length(page))
        return page

    def _piece(self, value: Any) -> bytes:
        kind = type(value)
        if kind is str:
            kept = self._plain
        else:
            value = value if kind is Markup else to_liquid_string(value, True)
            kept = self._safe if type(value) is Markup else self._plain
        piece = kept.get(value)
        if piece is None:
            piece = quoted(str(to_liquid_string(value, True)))
            if len(value) <= LONGEST_KEPT:
                if len(kept) >= KEPT_VALUES:
                    kept.clear()
                kept[value] = piece
        return piece


class Press:
    """One campaign's template in one language."""

    def __init__(self, template: CompiledTemplate, *, locale: str, letterhead: Letterhead) -> None:
        words = render.words_of(template, locale=locale)
        self._locale = locale
        self._page = Page(template.html)
        self._text = Line(template.text, autoescape=False)
        self._subject = Line(words.subject, autoescape=False)
        self._preheader = Line(words.preheader, autoescape=False)
        self._words = words
        self._html_phrases, self._text_phrases = _phrases(words)
        self._letterhead = letterhead
        self._fixed_headers = _fixed_headers(letterhead, locale=locale)

    def write(self, content: MailContent, *, addressing: Addressing) -> bytes:
        """The mail in wire form, without the closing dot. Raises TemplateRefused or ValueError."""
        values = render.values_of(content)
        subject = one_line(self._subject.write(values))
        values |= {"subject": subject, "preheader": one_line(self._preheader.write(values))}
        html = self._page.write({**values, **self._for_html(content, values=values)})
        text = tidy(self._text.write({**values, **self._for_text(content, values=values)}))
        boundary = f"=_{addressing.entity_reference}".encode("ascii")
        headers = self._headers(addressing, subject=subject, date=content.now)
        plain = mime.text_part(text, kind="plain")
        return b"".join(
            (
                headers,
                self._fixed_headers,
                b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="',
                boundary,
                b'"\r\n\r\n--',
                boundary,
                b"\r\n",
                plain,
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

    def _for_html(self, content: MailContent, *, values: Mapping[str, Any]) -> dict[str, Any]:
        phrases = {name: Markup(line.write(values)) for name, line in self._html_phrases.items()}  # noqa: S704
        copy = {key: Markup(html) for key, html in content.copy_html.items()}  # noqa: S704 - clean by contract
        wording = {**self._words.constants_html, **phrases}
        return {"wording": wording, "copy": {**NO_COPY, **content.copy, **copy}}

    def _for_text(self, content: MailContent, *, values: Mapping[str, Any]) -> dict[str, Any]:
        phrases = {name: line.write(values) for name, line in self._text_phrases.items()}
        wording = {**self._words.constants_text, **phrases}
        return {"wording": wording, "copy": {**NO_COPY, **content.copy, **content.copy_text}}

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


def _phrases(words: Words) -> tuple[dict[str, Line], dict[str, Line]]:
    html = {name: Line(phrase.html, autoescape=True) for name, phrase in words.phrases.items()}
    return html, {name: Line(phrase.text, autoescape=False) for name, phrase in words.phrases.items()}


def _escaped(value: Any) -> str:
    return to_liquid_string(value, True)


def _plain(value: Any) -> str:
    return value if type(value) is str else to_liquid_string(value, False)


def _run(
    program: Program, scope: dict[str, Any], put: Callable[[Any], None], piece: Callable[[Any], Any]
) -> None:
    try:
        program(scope, put, piece)
    except (LiquidError, TypeError) as error:
        # A filter that is given too much raises TypeError, which the library turns into its own.
        problem = TemplateProblem(code="liquid", detail=f"The Liquid cannot be used: {error}")
        raise TemplateRefused([problem]) from error
