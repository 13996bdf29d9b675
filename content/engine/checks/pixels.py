"""Pixels: search results cut titles and descriptions by width, not by letters; the width is an estimate."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from content.engine.types import BriefSpec, Fields, Finding

# Field → (font size in pixels, most pixels). Arial, as results are shown on a desktop.
LIMITS = {"title": (20, 580), "meta_description": (14, 920)}
# Widths of Arial in thousandths of its size.
_WIDTHS = {
    222: "ijl'|", 278: " fIt.,:;!/\\[]·", 333: "r()-`\"", 355: "\u201c\u201d", 500: "ckszvxyJ",
    556: "abdeghnopqu0123456789?_$L#€",
    584: "+<>=~", 611: "FTZ", 667: "ABEKPSVXY&", 722: "CDHNRUw", 778: "GOQ", 833: "mM", 889: "%",
    944: "W", 1015: "@",
}  # fmt: skip
_OF = {character: width for width, characters in _WIDTHS.items() for character in characters}
_USUAL = 556


def width_of(text: str, *, size: int) -> int:
    """Estimated pixels: within a few per cent for Latin, one square a letter for CJK."""
    return round(sum(_width(character) for character in text) * size / 1000)


def _width(character: str) -> int:
    if character in _OF:
        return _OF[character]
    if unicodedata.east_asian_width(character) in "WF":
        return 1000
    if unicodedata.category(character) in {"Mn", "Cf"}:
        return 0
    base = unicodedata.normalize("NFD", character)[0]
    return _OF.get(base, _USUAL)


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, (size, most) in LIMITS.items():
        text = fields.get(field, "").strip()
        pixels = width_of(text, size=size)
        if pixels > most:
            cut = _fits(text, size=size, most=most)
            yield Finding(
                check="pixels",
                severity="warning",
                field=field,
                start=cut,
                end=len(fields[field]),
                message=f"About {pixels} pixels wide; results show {most}. The end would be cut.",
                remedy="Say the important words first, or shorten it.",
            )


def _fits(text: str, *, size: int, most: int) -> int:
    return next((n for n in range(len(text), 0, -1) if width_of(text[:n], size=size) <= most), 0)
