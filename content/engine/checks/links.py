"""Links: copy carries no addresses of its own; a publication adds the right ones. Relative links are fine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine.types import BriefSpec, Fields, Finding

_SCHEMES = re.compile(
    r"(?i)\b(?:javascript|data|vbscript|file|blob)\s*:(?=\S)|\b(?:https?|ftp)\s*:\s*//\S+|(?<![\w/:])//[\w-]+\.\w+\S*|\bwww\.\S+"
)
_DOMAIN = re.compile(
    r"(?i)(?<![\w@.])[a-z0-9-]{2,}(?:\.[a-z0-9-]+)*\.(?:com|net|org|info|biz|io|co|shop|store|xyz|top|ru|cn|de|jp|fr|uk|eu|us|ly|me|app|dev|link|click|site|online|example)\b(?:/\S*)?"
)
_MARKDOWN = re.compile(
    r"!?\[[^\]\n]*\]\(\s*(?P<target>[^)\n]*)\)|^\s*\[[^\]\n]+\]:\s*(?P<reference>\S+)", re.MULTILINE
)


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in fields.items():
        if field == "slug":
            continue
        for pattern in (_SCHEMES, _DOMAIN):
            for match in pattern.finditer(text):
                if match.group() not in {spec.brand.name, *spec.brand.cased}:
                    yield _finding(field, match.start(), match.end(), match.group())
        for match in _MARKDOWN.finditer(text):
            target = (match["target"] or match["reference"] or "").strip()
            if not re.match(r"/(?![/\\])|#", target):
                yield _finding(field, match.start(), match.end(), target)


def _finding(field: str, start: int, end: int, target: str) -> Finding:
    return Finding(
        check="links",
        severity="error",
        field=field,
        start=start,
        end=end,
        message=f"“{target[:60]}” is a link out of the text.",
        remedy="Take it out; links are added when the text is published.",
    )
