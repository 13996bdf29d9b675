"""Cuts a filter into tokens. What cannot be one is answered with what to write instead."""

import re
from dataclasses import dataclass
from typing import Literal

from personalization.engine.filters.errors import FilterError

MAX_LENGTH = 2_000
MAX_DIGITS = 15
KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<variable>\$[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign><=|>=|==|!=|[<>()\[\],.])""",
    re.VERBOSE | re.DOTALL,
)
_HINTS = (
    ("=", "Write == to compare."),
    ("&", "Write and."),
    ("|", "Write or."),
    ("!", "Write not, or != to compare."),
    ('"', 'This text has no end. Close it with ".'),
    ("'", "This text has no end. Close it with '."),
    ("“”„‚‘’«»", 'Write straight quotes: "…".'),
    ("0123456789", "This is no number. Write digits and a dot, such as 9.50."),
    ("$", "Write $product and a name, such as $product.brand."),
    ("-+*/%", "There is no arithmetic here. Write the number itself."),
)
# PostgreSQL holds neither; a text with them could match nothing.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Token:
    kind: Literal["number", "text", "variable", "name", "keyword", "sign", "end"]
    text: str
    position: int


def tokens_of(source: str) -> list[Token]:
    if len(source) > MAX_LENGTH:
        detail = f"A filter has {MAX_LENGTH} characters at most; this one has {len(source)}."
        raise FilterError(detail, position=MAX_LENGTH + 1)
    found: list[Token] = []
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            raise FilterError(_hint(source[place]), position=place + 1)
        if match.lastgroup != "space":
            found.append(_token(match, position=place + 1))
        place = match.end()
    return [*found, Token("end", "", len(source) + 1)]


def _token(match: re.Match[str], *, position: int) -> Token:
    kind, text = match.lastgroup, match.group()
    if kind == "name" and text.lower() in KEYWORDS:
        return Token("keyword", text.lower(), position)
    if kind == "number" and any(len(part) > MAX_DIGITS for part in text.lstrip("-").split(".")):
        raise FilterError(
            f"A number has {MAX_DIGITS} digits at most on each side of the dot.", position=position
        )
    if kind == "text":
        text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if _UNSTORABLE.search(text):
            raise FilterError(
                "This text holds a character that cannot be stored. Leave it out.", position=position
            )
    return Token(kind, text, position)  # type: ignore[arg-type]  # the pattern's own group names


def _hint(character: str) -> str:
    for characters, hint in _HINTS:
        if character in characters:
            return hint
    return f'{character!r} means nothing here. Put texts in quotes, such as "kitchen".'
