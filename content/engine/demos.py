"""Demonstrations for the prompts: keywords, and the sentence they became."""

from __future__ import annotations

from content.engine import text as texts
from content.engine.checks.unsupported_words import unknown_words
from content.engine.lexicons import lexicon, read_data
from content.engine.quantities import quantities
from content.engine.slots import clean
from content.engine.types import Brand, BriefSpec

Demo = tuple[list[str], str]

_OWN, _ALL = 1, 4
"""Demonstrations taken from the brand's copy at most, and in all."""
_KEYS = 3
"""Words a sentence must give up as keywords; one with fewer teaches a model to invent."""
_SENTENCE = (20, 160)
"""Characters of a brand sentence that serves as a demonstration."""


def demos_for(spec: BriefSpec, *, task: str, turn: int) -> list[Demo]:
    """A sentence of the brand sets the tone; the stock ones, nearer to the answer, show the task."""
    stock = _stock(spec.language, task)
    own = [] if task in {"title", "subject", "scene"} else _own(spec, task)
    kept = own[turn % len(own) :][:_OWN] if own else []
    start = turn % max(len(stock), 1)
    turned = [*stock[start:], *stock[:start]]
    return [*kept, *turned[: _ALL - len(kept)]]


def _stock(language: str, task: str) -> list[Demo]:
    demos = read_data("demos.json")
    # A language without its own demonstrations is shown English ones and told which language to write.
    own = demos.get(language, demos["en"])
    return [(list(keys), sentence) for keys, sentence in own.get(task, own["quality"])]


def _own(spec: BriefSpec, task: str) -> list[Demo]:
    found = [s.text for example in spec.brand.examples for s in texts.sentences(example)]
    fitting = [
        s
        for s in found
        if _SENTENCE[0] // (2 if spec.language == "ja" else 1) <= len(s) <= _SENTENCE[1]
        and _kind(s, spec.language) == task
    ]
    return [
        (keys, clean(sentence))
        for sentence in fitting
        if len(keys := _keys(sentence, spec.language)) >= _KEYS
    ]


def _kind(sentence: str, language: str) -> str:
    """Which slot a sentence would fill: told by what it names."""
    named = {q.dimension for q in quantities(sentence, language=language)}
    if any(lexicon("origins").mentions(sentence, language=language)):
        return "origin"
    if "temperature" in named:
        return "care"
    if named & {"length", "volume", "mass"}:
        return "size"
    return "making" if any(lexicon("materials").mentions(sentence, language=language)) else "quality"


def _keys(sentence: str, language: str) -> list[str]:
    """What a fact sheet would have held for this sentence: its numbers and its uncommon words."""
    numbers = [sentence[q.start : q.end] for q in quantities(sentence, language=language)]
    bare = BriefSpec(content_type="social_post", locale=language, products=(), brand=Brand(name=""))
    uncommon = [word.text for word in unknown_words(bare, sentence) if word.text not in " ".join(numbers)]
    return [*dict.fromkeys(uncommon), *numbers][:6]
