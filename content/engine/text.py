"""Sentences, words and scripts of a text, with their places; no judgement lives here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

UNSPACED = frozenset({"ja", "zh", "th"})
"""Languages written without spaces: length is counted in characters, terms are found as substrings."""

_CJK = r"぀-ヿ㐀-䶿一-鿿ー々"
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    (0x3000, 0x00A0, 0x202F, 0x2009), 0x20
)
_WORD = re.compile(rf"[{_CJK}]+|[^\W_]+(?:['’\-][^\W_]+)*")
_RUN = re.compile(r"[ァ-ヿー]{2,}|[一-鿿々]+|[A-Za-z0-9]{2,}")
_ENDS = re.compile(r"[.!?。\uff01\uff1f]+[\"'”’»)」』\uff09)]*")
# A dot after these does not end a sentence.
_ABBREVIATIONS = frozenset(
    [
        "z.b",
        "bzw",
        "ca",
        "dr",
        "nr",
        "inkl",
        "max",
        "min",
        "mr",
        "mrs",
        "st",
        "usw",
        "d.h",
        "e.g",
        "i.e",
        "approx",
        "no",
        "vs",
        "etc",
        "u.a",
    ]
)


@dataclass(frozen=True)
class Span:
    """A piece of a text and where it stands."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Compatibility form, lower case: fullwidth digits become digits; may change the length of the text."""
    return unicodedata.normalize("NFKC", text).casefold()


def narrow(text: str) -> str:
    """Fullwidth ASCII to ASCII, one character for one, so that places in the text stay true."""
    return text.translate(_NARROW)


def words(text: str) -> list[Span]:
    return [Span(m.group(), m.start(), m.end()) for m in _WORD.finditer(text)]


def runs(text: str) -> list[Span]:
    """Katakana, kanji and Latin runs: what carries meaning in a text without spaces."""
    return [Span(m.group(), m.start(), m.end()) for m in _RUN.finditer(text)]


def sentences(text: str) -> list[Span]:
    """Sentences without the white space around them; a line break always ends one."""
    found: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        found.extend(_sentences_of_line(line.group(), line.start()))
    return found


def _sentences_of_line(line: str, offset: int) -> Iterator[Span]:
    start = 0
    for match in _ENDS.finditer(line):
        if _is_inside(line, match):
            continue
        yield from _trimmed(line, start, match.end(), offset)
        start = match.end()
    yield from _trimmed(line, start, len(line), offset)


def _is_inside(line: str, match: re.Match[str]) -> bool:
    """True where the mark does not end a sentence: 1.5, 3. Mai, z. B., omotenashi.example."""
    after = line[match.end() : match.end() + 1]
    if match.group()[0] in "。\uff01\uff1f" or not after:
        return False
    if not after.isspace():
        return after.isalnum() or after in ".-/"
    said, rest = line[: match.start()], line[match.end() :].lstrip()
    last = re.split(r"\s", said)[-1].casefold()
    # z. B., e. g.: a letter and its dot beside another such letter; a lone one may be a unit, as in 1.5 l.
    is_letter_pair = re.search(r"(?:^|\s)[^\W\d_]\.\s?[^\W\d_]$", said) or (
        re.search(r"(?:^|\s)[^\W\d_]$", said) and re.match(r"[^\W\d_]\.", rest)
    )
    is_ordinal = last.isdigit() and len(last) <= 2 and rest[:1].isalpha()
    return last in _ABBREVIATIONS or bool(is_letter_pair) or is_ordinal


def _trimmed(line: str, start: int, end: int, offset: int) -> Iterator[Span]:
    piece = line[start:end]
    text = piece.strip()
    if text:
        first = start + piece.index(text)
        yield Span(text, offset + first, offset + first + len(text))


def measure(text: str, *, unit: str) -> int:
    """Words, or characters without white space at the ends."""
    return len(words(text)) if unit == "words" else len(text.strip())


def is_unspaced(language: str) -> bool:
    return language in UNSPACED


# Endings that never change which thing is meant, longest first.
_ENDINGS = {
    "en": ("ies", "ing", "ed", "es", "s", "'s", "’s", "ly", "y"),
    "de": ("innen", "ern", "em", "en", "er", "es", "e", "n", "s"),
    "fr": ("ées", "aux", "ent", "ée", "és", "er", "ez", "es", "é", "s", "e", "x"),
    "es": ("ados", "adas", "ado", "ada", "ar", "er", "ir", "an", "es", "os", "as", "o", "a", "e", "s"),
    "it": ("are", "ere", "ire", "ati", "ate", "ato", "ata", "i", "e", "a", "o"),
    "nl": ("en", "s", "e"),
}
_UMLAUTS = str.maketrans("äöüß", "aous")


def stem(word: str, *, language: str) -> str:
    """A rough stem for comparing words; umlauts fall (Tuch, Tücher)."""
    folded = fold(word)
    if language == "de":
        folded = folded.translate(_UMLAUTS)
    for ending in _ENDINGS.get(language, ()):
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            return folded[: -len(ending)]
    return folded


def stems(text: str, *, language: str) -> list[str]:
    return [stem(word.text, language=language) for word in words(text)]


_QUOTES = (("“", "”"), ('"', '"'), ("„", "“"), ("「", "」"), ("'", "'"))


def unquoted(line: str) -> str:
    """Without quotes around the whole of it; a name's own quotes at its end stay."""
    for left, right in _QUOTES:
        if line.startswith(left) and line.endswith(right) and len(line) > 2 and left not in line[1:-1]:
            line = line[1:-1].strip()
    return line


def join_sentences(parts: list[str], *, language: str) -> str:
    return ("" if is_unspaced(language) else " ").join(part.strip() for part in parts if part.strip())
