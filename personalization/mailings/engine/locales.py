"""Which of several locales comes nearest to the one a reader wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Value = TypeVar("Value")


def nearest(values: Mapping[str, Value], *, locale: str) -> Value | None:
    """The value of this locale, else of its language, else of another market of that language."""
    wanted = locale.lower()
    language = wanted.partition("-")[0]
    by_tag = {tag.lower(): value for tag, value in values.items()}
    for tag in (wanted, language, *sorted(tag for tag in by_tag if tag.partition("-")[0] == language)):
        if tag in by_tag:
            return by_tag[tag]
    return None
