"""The lines of a mail that an inbox shows, its subject and its preheader, where a variant has its own."""

from __future__ import annotations

from typing import Literal

Part = Literal["subject", "preheader"]
PARTS: tuple[Part, ...] = ("subject", "preheader")
Subject = tuple[tuple[Part, str, str], ...]
"""Which of the two, the locale, the line of Liquid. A tuple, so that it can be a key."""


def literal(text: str) -> str:
    """As a line of Liquid that prints just this, whatever braces are in it."""
    return text.replace("{", "{{ '{' }}")
