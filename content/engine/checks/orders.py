"""Orders: copy speaks to readers, not to an assistant; what reads like an instruction to write is not
copy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine.checks.fields import prose_fields
from content.engine.orders import is_order
from content.engine.text import sentences
from content.engine.types import BriefSpec, Fields, Finding

_CALLS = frozenset(
    {"visit", "show", "create", "besuche", "zeige", "give", "include", "combine", "invite", "remove"}
)
"""What copy may well tell its reader; in a fact they are orders all the same."""
_ANSWER = re.compile(r"(?i)\b(?:answer|response|reply|message|antwort|réponse|respuesta)\b")


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    wanted = spec.call_to_action.strip().casefold()
    for field, text in prose_fields(spec, fields):
        for sentence in sentences(text):
            is_call = bool(wanted) and wanted.rstrip(".!。") in sentence.text.casefold()
            if not is_call and is_order(sentence.text) and not _speaks_to_reader(sentence.text):
                yield Finding(
                    check="orders",
                    severity="error",
                    field=field,
                    start=sentence.start,
                    end=sentence.end,
                    message="This reads like an instruction to a writer, not like copy.",
                    remedy="Take it out, and look where it came from: a fact or a review may carry it.",
                )


def _speaks_to_reader(sentence: str) -> bool:
    """A question is judged by its words, as other sentences are; a call may begin as copy often does."""
    if sentence.rstrip()[-1:] in "?？؟":
        return True
    first = sentence.split(maxsplit=1)[0].casefold().strip(",")
    return first in _CALLS and not _ANSWER.search(sentence)
