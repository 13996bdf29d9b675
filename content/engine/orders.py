"""Orders: text that tells someone what to write or do instead of saying what a product is.

A feed, a review or a spreadsheet can carry one into a fact. Such a fact supports nothing, and no prompt
shows it.
"""

from __future__ import annotations

import re
from functools import cache

from content.engine.lexicons import read_data
from content.engine.text import fold, sentences, words

MAX_FACT = 400
"""Characters; a longer value is prose, and prose is not a fact."""


def gives_orders(text: str) -> bool:
    """In any language: a German shop's feed may hold an English order. Markup and code are no facts
    either."""
    return is_spoilt(text) or any(_is_order(sentence.text) for sentence in sentences(text))


_SPOILT = re.compile(
    r"<[a-zA-Z/!]|(?i:javascript|vbscript|data)\s*:\S|://|```|\{\{|<\||[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]"
    r"|\b\w+\(\d*\)|(?i:\bon[a-z]{3,}\s*=)|document\.\w"
    r"|\S*(?:[!@#$%^&*(){}\[\]\\|<>~`]\S*){4,}|\b[0-9a-fA-F]{32,}\b|\b[A-Za-z0-9+/]{40,}={0,2}(?!\w)"
)


def is_spoilt(text: str) -> bool:
    """Holds markup, code, an address or noise: data gone bad, whoever put it there."""
    return _SPOILT.search(text) is not None


def is_order(sentence: str) -> bool:
    return _is_order(sentence)


def without_orders(text: str) -> str:
    """A title that carries an order is cut down to its first sentence: the name, unless that is the order."""
    if not gives_orders(text):
        return text
    first = next(iter(sentences(text)), None)
    return "" if first is None or gives_orders(first.text) else first.text


def _is_order(sentence: str) -> bool:
    if _cues().search(sentence):
        return True
    found = [fold(word.text) for word in words(sentence)]
    while found and found[0] in _SOFTENERS:
        found = found[1:]
    if len(found) < 3:
        return False
    is_question = sentence.rstrip()[-1:] in "?？؟" and found[0] in _listed("questions")
    return is_question or found[0] in _listed("verbs")


_SOFTENERS = frozenset(
    {
        "please",
        "now",
        "then",
        "and",
        "bitte",
        "jetzt",
        "also",
        "you",
        "must",
        "should",
        "always",
        "first",
        "finally",
    }
)


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(
        fold(word) for entry in read_data("orders.json").values() for word in entry[name].split()
    )


@cache
def _cues() -> re.Pattern[str]:
    cues = [cue for entry in read_data("orders.json").values() for cue in entry["cues"]]
    return re.compile("|".join(cues), re.IGNORECASE)
