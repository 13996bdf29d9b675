"""Relations: what is said of the wrong thing. A notebook that fits fountain pens does not have one, a mug of
moss green does not smell of it, and it is not the table that is 3 cm high.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from content.engine.checks.fields import prose_fields
from content.engine.lexicons import read_data
from content.engine.quantities import quantities
from content.engine.support import said, title_of
from content.engine.text import fold, sentences, stem, words
from content.engine.types import BriefSpec, FactValue, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    for field, text in prose_fields(spec, fields):
        yield from _purposes(spec, field, text)
        yield from _senses(spec, field, text)
        yield from _places(spec, field, text)


def _purposes(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    pattern, purposes = _following("purposes", spec.language), _words_of(spec, is_of("purposes"))
    if pattern is None or not purposes:
        return
    strange = purposes - _words_of(spec, _is_not_of("purposes")) - _words_of_titles(spec)
    for word, start in _words_after(pattern, text):
        if stem(word, language=spec.language) in strange:
            message = f"A fact says that it goes with “{word}”, not that it has it or is made of it."
            yield _finding(field, start, word, message, "Say what it is for: “for …”, “fits …”.")


def _senses(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    """A colour has no scent, and a scent no taste: only words of the right facts may follow."""
    for sense in ("smells", "tastes"):
        pattern = _following(sense, spec.language)
        for word, start in _words_after(pattern, text) if pattern else ():
            root = stem(word, language=spec.language)
            other = _words_of(spec, _is_not_of(sense))
            if root in other - _words_of(spec, is_of(sense)) - _words_of_titles(spec):
                message = f"No fact says that it {sense} of “{word}”: that word is of another fact."
                yield _finding(field, start, word, message, "Say it of the right thing, or leave it out.")


def _places(spec: BriefSpec, field: str, text: str) -> Iterator[Finding]:
    """A sentence that gives the product's measures to the table it may stand on."""
    places = _list_of_places(spec.language) - _words_of_titles(spec)
    for sentence in sentences(text) if places else ():
        opening = words(sentence.text)[:2]
        if len(opening) < 2 or stem(opening[1].text, language=spec.language) not in places:
            continue
        if quantities(sentence.text, language=spec.locale):
            message = f"No fact measures the “{opening[1].text}”."
            start = sentence.start + opening[1].start
            yield _finding(field, start, opening[1].text, message, "Say it of the product.")


def _finding(field: str, start: int, word: str, message: str, remedy: str) -> Finding:
    return Finding(
        check="relations",
        severity="error",
        field=field,
        start=start,
        end=start + len(word),
        message=message,
        remedy=remedy,
    )


def _words_after(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, int]]:
    for match in pattern.finditer(text):
        # l'ivoire names ivory: the article is another word.
        for word in words(re.sub(r"['’]", " ", match["what"])):
            yield word.text, match.start("what") + word.start


@cache
def _following(relation: str, language: str) -> re.Pattern[str] | None:
    """What is had ends where what it is for begins: "has a soft cover and fits fountain pens"."""
    data = read_data("relations.json")
    if language not in data[relation]["words"]:
        return None
    until = data["purposes"]["until"]
    cue = data[relation]["words"][language]
    return re.compile(rf"(?i)(?:{cue})(?P<what>(?:(?!\b(?:{until})\b)[^.,;!?:\n])+)")


@lru_cache(maxsize=512)
def _words_of(spec: BriefSpec, belongs: Callable[[FactValue], bool]) -> frozenset[str]:
    """Stems of the telling words of the facts that belong."""
    facts = [said(fact) for product in spec.products for fact in product.facts if belongs(fact)]
    return _stems(facts, spec.language)


@lru_cache(maxsize=512)
def _words_of_titles(spec: BriefSpec) -> frozenset[str]:
    return _stems([title_of(product) for product in spec.products], spec.language)


def _stems(texts: list[str], language: str) -> frozenset[str]:
    return frozenset(
        stem(word.text, language=language)
        for text in texts
        for word in words(text.replace("-", " "))
        if len(word.text) > 2
    )


@cache
def is_of(relation: str) -> Callable[[FactValue], bool]:
    """The fact's name tells what it is of: "fits", "scent"."""
    names = frozenset(read_data("relations.json")[relation]["facts"].split())

    def belongs(fact: FactValue) -> bool:
        return bool(names & {fold(fact.name), *re.split(r"[^a-zà-ÿ]+", fact.name.casefold())})

    return belongs


@cache
def _is_not_of(relation: str) -> Callable[[FactValue], bool]:
    belongs = is_of(relation)
    return lambda fact: not belongs(fact)


@cache
def _list_of_places(language: str) -> frozenset[str]:
    listed = read_data("relations.json")["places"].get(language, "")
    return frozenset(stem(word, language=language) for word in listed.split())
