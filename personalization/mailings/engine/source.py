"""MJML with Liquid in it, compiled once per template version to HTML with Liquid in it.

The Liquid is hidden behind opaque tokens while MJML runs, so neither its `<` nor its quotes
meet an XML parser; each token must come back out, or the author is told which one was lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mjml import mjml2html

from personalization.mailings.engine.problems import TemplateProblem, TemplateRefused
from personalization.mailings.engine.text import plain_text

_LIQUID = re.compile(
    r"\{%-?\s*(?:raw|comment)\s*-?%\}.*?\{%-?\s*end(?:raw|comment)\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}",
    re.DOTALL,
)
_TOKEN = re.compile(r"LQ(\d{5})QL")
_TAG = re.compile(r"<\s*(mj-?[a-z0-9-]*)", re.IGNORECASE)
# What the compiler really understands; it lets unknown names through as plain elements.
KNOWN_TAGS = frozenset(
    [
        "mjml",
        "mj-head",
        "mj-body",
        "mj-attributes",
        "mj-all",
        "mj-class",
        "mj-breakpoint",
        "mj-font",
        "mj-preview",
        "mj-style",
        "mj-title",
        "mj-raw",
        "mj-section",
        "mj-column",
        "mj-group",
        "mj-wrapper",
        "mj-hero",
        "mj-text",
        "mj-image",
        "mj-button",
        "mj-divider",
        "mj-spacer",
        "mj-table",
        "mj-social",
        "mj-social-element",
        "mj-navbar",
        "mj-navbar-link",
        "mj-accordion",
        "mj-accordion-element",
        "mj-accordion-title",
        "mj-accordion-text",
        "mj-carousel",
        "mj-carousel-image",
    ]
)


@dataclass
class _Tokens:
    """Which token stands for which piece of Liquid."""

    pieces: list[str] = field(default_factory=list)

    def hide(self, match: re.Match[str]) -> str:
        self.pieces.append(match.group())
        return f"LQ{len(self.pieces) - 1:05d}QL"

    def show(self, match: re.Match[str]) -> str:
        return self.pieces[int(match.group(1))]


@dataclass(frozen=True)
class CompiledSource:
    """Liquid templates of the same mail as HTML and as plain text."""

    html: str
    text: str


def compile_mjml(source: str) -> CompiledSource:
    """Both templates, with every Liquid expression of the source where its author put it."""
    tokens = _Tokens()
    hidden = _LIQUID.sub(tokens.hide, source)
    problems = list(_unknown_tags(source))
    if problems:
        raise TemplateRefused(problems)
    html = _compile(hidden)
    lost = list(_lost_pieces(source, pieces=tokens.pieces, html=html))
    if lost:
        raise TemplateRefused(lost)
    # While the Liquid is hidden, once a version: making text of each recipient's HTML costs 10 ms a mail.
    return CompiledSource(_TOKEN.sub(tokens.show, html), text=_TOKEN.sub(tokens.show, plain_text(html)))


def _compile(hidden: str) -> str:
    try:
        return str(mjml2html(hidden))
    except ValueError as error:
        detail = f"The MJML could not be read: {error}. Check that every tag is closed."
        raise TemplateRefused([TemplateProblem(code="mjml_syntax", detail=detail)]) from error


def _unknown_tags(source: str) -> Iterator[TemplateProblem]:
    for match in _TAG.finditer(source):
        name = match.group(1).lower()
        if name not in KNOWN_TAGS:
            detail = f"<{name}> is not an MJML element. Did you mean one of its relatives?"
            yield TemplateProblem(
                code="unknown_tag", detail=detail, line=_line_of(source, offset=match.start())
            )


def _lost_pieces(source: str, *, pieces: list[str], html: str) -> Iterator[TemplateProblem]:
    """Liquid that MJML dropped, which it does to bare text outside content elements."""
    kept = {int(number) for number in _TOKEN.findall(html)}
    offset = 0
    for number, piece in enumerate(pieces):
        offset = source.index(piece, offset)
        if number not in kept:
            shown = piece if len(piece) <= 60 else piece[:57] + "…"
            remedy = "Is the attribute spelled right? Between elements, wrap it in <mj-raw>…</mj-raw>."
            detail = f"MJML drops {shown} at this place. {remedy}"
            yield TemplateProblem(code="liquid_lost", detail=detail, line=_line_of(source, offset=offset))
        offset += len(piece)


def _line_of(source: str, *, offset: int) -> int:
    return source.count("\n", 0, offset) + 1
