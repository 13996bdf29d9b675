"""Leftovers: code fences, HTML, placeholders, role markers and echoes of the prompt have no place in copy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from content.engine.lexicons import read_data
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    """Markup is never copy, whoever wrote it: a feed may carry it into a fact."""
    for field, text in fields.items():
        for name, pattern in _patterns():
            for match in pattern.finditer(text):
                yield Finding(
                    check="leftovers",
                    severity="error",
                    field=field,
                    start=match.start(),
                    end=match.end(),
                    message=f"“{match.group().strip()[:40]}” looks like {name}.",
                    remedy="Take it out.",
                )


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (name, re.compile(pattern)) for name, patterns in read_data("leftovers.json") for pattern in patterns
    ]
