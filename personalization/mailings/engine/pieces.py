"""Values as they stand in the HTML on the wire, kept for the next mail that shows them."""

from __future__ import annotations

import re
from typing import Any

from liquid.stringify import to_liquid_string
from markupsafe import Markup

from personalization.mailings.engine.quoted import quoted

KEPT = 4_000
"""Of each generation: some 3 MB for all that is kept. Titles, prices and links come back mail after mail."""
_TO_ESCAPE = re.compile("[&<>\"']")


class OwnLink(str):
    """A link that one mail alone has, made by us: nothing in it needs escaping, and it is not kept."""

    __slots__ = ()


class _Kept(dict[str, bytes]):
    """What was asked for lately. A full generation becomes the old one, from which what is asked for again
    is taken over; so what one mail alone shows is gone soon."""

    def __init__(self) -> None:
        super().__init__()
        self._old: dict[str, bytes] = {}

    def __missing__(self, text: str) -> bytes:
        piece = self._old.get(text)
        if piece is None:
            piece = encoded(text)
        if len(self) >= KEPT:
            self._old = dict(self)
            self.clear()
        self[text] = piece
        return piece


_PLAIN, _SAFE = _Kept(), _Kept()


def kept(value: Any) -> bytes:
    """Of a value that other mails show too."""
    if type(value) is str:
        return _PLAIN[value]
    if type(value) is OwnLink:
        return quoted(value)
    text = value if type(value) is Markup else to_liquid_string(value, True)
    return _SAFE[text] if type(text) is Markup else _PLAIN[text]


def encoded(value: Any) -> bytes:
    """Of a value that is one mail's own."""
    # Few have anything to escape, and the library makes an object of its own of each.
    is_ready = type(value) is str and not _TO_ESCAPE.search(value)
    return quoted(value if is_ready else str(to_liquid_string(value, True)))
