"""Statements: sentences that say something about a product, and the words in them that no fact explains.

A sentence is a statement unless it is plainly of something else: a scene with its own people or hours,
a question,
a call to the reader. Inside a statement only facts, the brief's words and grammar count as explained:
everyday
words do not ("enough for a cup" says how much it holds).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from content.engine import text as texts
from content.engine.everyday import has_everyday_words, unknown_words
from content.engine.lexicons import lexicon, read_data
from content.engine.numerals import number_words
from content.engine.quantities import quantities
from content.engine.support import product_text, title_of
from content.engine.text import Span, fold, is_unspaced, stem
from content.engine.types import BriefSpec
from content.engine.units import unit_book

JUDGED_LANGUAGES = frozenset({"en", "de", "fr", "es", "it", "pt", "nl", "ja", "ar"})
"""Languages with word lists; in any other, numbers, units, countries and certificates alone are judged."""
CONCEPTS = (
    "materials",
    "colours",
    "origins",
    "properties",
    "promises",
    "certifications",
    "comparisons",
    "availability",
)
_OPENING = 5
"""Words within which a scene names its own subject."""


@dataclass(frozen=True)
class Statement:
    """A sentence about a product, and its unexplained words."""

    text: str
    start: int
    end: int
    unexplained: tuple[Span, ...]


def statements(spec: BriefSpec, text: str) -> list[Statement]:
    """Empty for languages without word lists: nothing can be said about their words."""
    if spec.language not in JUDGED_LANGUAGES:
        return []
    return [
        Statement(sentence.text, sentence.start, sentence.end, tuple(_unexplained(spec, sentence)))
        for sentence in texts.sentences(text)
        if is_statement(spec, sentence.text)
    ]


def is_statement(spec: BriefSpec, sentence: str) -> bool:
    if _is_about_product(spec, sentence):
        return True
    if _is_own_call(spec, sentence):
        return False
    is_elsewhere = (
        sentence.rstrip()[-1:] in "?？؟"
        or _is_call(sentence, spec.language)
        or _is_scene(sentence, spec.language)
    )
    return not is_elsewhere or _speaks_of_strange_things(spec, sentence)


def _speaks_of_strange_things(spec: BriefSpec, sentence: str) -> bool:
    """A question, a call or a scene is of everyday things: many unknown words, or a name, are another
    matter."""
    if not has_everyday_words(spec.language):
        return not _is_scene(sentence, spec.language)
    strange = unknown_words(spec, sentence)
    count = len(texts.runs(sentence) if is_unspaced(spec.language) else texts.words(sentence))
    most = 1 if sentence.rstrip()[-1:] in "?？؟" else max(2, 0.4 * count)
    return len(strange) >= most or any(_is_name(word, sentence, spec.language) for word in strange)


def _is_name(word: Span, sentence: str, language: str) -> bool:
    """A capital inside a sentence; German nouns all have one."""
    return language not in {"de", "ja"} and word.text[:1].isupper() and word.start > 0


def _is_about_product(spec: BriefSpec, sentence: str) -> bool:
    if _has_word(sentence, _list(spec.language, "pronouns"), spec.language) or _names(spec, sentence):
        return True
    if quantities(sentence, language=spec.locale):
        return True
    return any(True for group in CONCEPTS for _ in lexicon(group).mentions(sentence, language=spec.language))


def _names(spec: BriefSpec, sentence: str) -> bool:
    """A word of the title or of the keyphrase; the brand's name alone is no product."""
    if is_unspaced(spec.language):
        folded = fold(sentence)
        return any(run in folded for run in _subjects(spec))
    return bool(_subjects(spec) & set(texts.stems(sentence.replace("-", " "), language=spec.language)))


@lru_cache(maxsize=512)
def _subjects(spec: BriefSpec) -> frozenset[str]:
    """What names the product. In a story the keyphrase may be its theme ("breakfast in bed")."""
    titles = _telling(spec, " ".join(title_of(product) for product in spec.products))
    theme = _telling(spec, spec.keyphrase)
    return titles if spec.content_type in _STORIES else titles | theme


_STORIES = frozenset({"blog_post", "newsletter"})


def _telling(spec: BriefSpec, said: str) -> frozenset[str]:
    if is_unspaced(spec.language):
        return frozenset(fold(run.text) for run in texts.runs(said) if len(run.text) >= 2)
    common = _list(spec.language, "free") | _list(spec.language, "scene")
    return frozenset(
        stem(word.text, language=spec.language)
        for word in texts.words(said.replace("-", " "))
        if len(word.text) > 2 and fold(word.text) not in common
    )


def _is_own_call(spec: BriefSpec, sentence: str) -> bool:
    wanted = spec.call_to_action.strip()
    return bool(wanted) and fold(wanted).rstrip(".!。") in fold(sentence)


def _is_call(sentence: str, language: str) -> bool:
    first = texts.words(sentence)[:1]
    return bool(first) and fold(first[0].text) in _list(language, "calls")


def _is_scene(sentence: str, language: str) -> bool:
    if is_unspaced(language):
        subjects = "|".join(map(re.escape, _list(language, "scene")))
        return bool(subjects) and re.search(rf"(?:{subjects})[^、。]{{0,6}}[はがも]", sentence) is not None
    opening = {fold(word.text) for word in texts.words(sentence)[:_OPENING]}
    return bool(opening & _list(language, "scene"))


def _has_word(sentence: str, listed: frozenset[str], language: str) -> bool:
    if is_unspaced(language):
        return any(word in sentence for word in listed)
    return any(fold(word.text) in listed for word in texts.words(sentence))


def _unexplained(spec: BriefSpec, sentence: Span) -> Iterator[Span]:
    found = _unexplained_runs if is_unspaced(spec.language) else _unexplained_words
    for span in found(spec, sentence.text):
        yield Span(span.text, span.start + sentence.start, span.end + sentence.start)


def _unexplained_words(spec: BriefSpec, sentence: str) -> Iterator[Span]:
    known = _explained_stems(spec)
    measured = [(q.start, q.end) for q in quantities(sentence, language=spec.locale)]
    for word in texts.words(sentence):
        is_number = any(start <= word.start and word.end <= end for start, end in measured)
        if not is_number and not _is_explained(word.text, known, spec.language):
            yield word


_ELISION = re.compile(r"^(?:[ldnsjmtc]|qu|dell|all|nell|sull|dall|un)['’](?=\w)", re.IGNORECASE)


def _is_explained(word: str, known: frozenset[str], language: str) -> bool:
    word = _bare(word, language)
    if len(word) <= 1 or not word[0].isalpha():
        return True
    if known & set(_shapes(word, language)) or _is_relative(word, known, language):
        return True
    return "-" in word and all(_is_explained(part, known, language) for part in word.split("-") if part)


def _bare(word: str, language: str) -> str:
    """l'eau is water, with the article that French writes onto it."""
    return _ELISION.sub("", word) if language in {"fr", "it"} else word


def _shapes(word: str, language: str) -> Iterator[str]:
    """The word as it may stand in a list: whole, by its stem, without what Arabic writes onto it."""
    word = _bare(word, language)
    yield fold(word)
    yield stem(word, language=language)
    if language == "ar":
        yield from _arabic(word)
    if language == "de" and len(word) >= 6:
        # trocknest, trocknet: the verb of "trocknen".
        yield from (
            stem(word[: -len(tail)], language=language)
            for tail in ("est", "st", "et", "t")
            if word.endswith(tail)
        )


_AR_HEAD = re.compile(r"^(?:[وف]?(?:بال|كال|ال|لل|[بلك])|[وف])")
_AR_TAIL = re.compile(r"(?:ها|هم|ات|ين|ون|ان|ية|ة|ي|ه|ا)$")


def _arabic(word: str) -> Iterator[str]:
    plain = re.sub(r"[\u064b-\u0652\u0640]", "", word)
    head = _AR_HEAD.sub("", plain)
    for form in (plain, head, _AR_TAIL.sub("", plain), _AR_TAIL.sub("", head)):
        if len(form) >= 2:
            yield form


def _is_relative(word: str, known: frozenset[str], language: str) -> bool:
    """Another form of a known word: enamelled (enamel), rincez (rincer), trocknest (abtrocknen), Teekanne."""
    root = stem(word, language=language)
    if any(_is_alike(root, other) for other in _by_head(known).get(root[:4], ())):
        return True
    if language in _ROMANCE:
        return any(_is_conjugated(fold(word), other) for other in _by_head(known).get(root[:4], ()))
    return language in {"de", "nl"} and _is_compound(word, root, known, language)


_ROMANCE = frozenset({"fr", "es", "it", "pt"})


@lru_cache(maxsize=64)
def _by_head(known: frozenset[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in known:
        found.setdefault(word[:4], []).append(word)
    return found


def _is_alike(root: str, other: str) -> bool:
    is_part = other.startswith(root) or root.startswith(other)
    return min(len(root), len(other)) >= 5 and is_part and abs(len(root) - len(other)) <= 3


def _is_conjugated(word: str, other: str) -> bool:
    """The same beginning of four letters or more, and short endings on both."""
    shared = next(
        (n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other))
    )
    return shared >= 4 and max(len(word), len(other)) - shared <= 2 + (shared >= 6)


def _is_compound(word: str, root: str, known: frozenset[str], language: str) -> bool:
    forms = [form for form in _shapes(word, language) if len(form) >= 6]
    if any(other.endswith(form) for form in forms for other in known):
        return True
    if len(root) < 8:
        return False
    heads = [other for other in known if 3 <= len(other) <= len(root) - 3 and root.startswith(other)]
    return any(root[len(head) :].lstrip("sn") in known for head in heads)


def _unexplained_runs(spec: BriefSpec, sentence: str) -> Iterator[Span]:
    said, free = _said(spec), _free_runs(spec.language)
    measured = [(q.start, q.end) for q in quantities(sentence, language=spec.locale)]
    for run in texts.runs(sentence):
        is_number = any(start <= run.start and run.end <= end for start, end in measured)
        if not is_number and not _is_covered(run.text, said, free):
            yield run


def _is_covered(run: str, said: str, free: frozenset[str]) -> bool:
    """Facts and free words cover the run piece by piece, the longest piece first."""
    if any(character.isdigit() for character in run) or (len(run) == 1 and run in said):
        return True
    folded, place = fold(run), 0
    while place < len(folded):
        size = next(
            (
                n
                for n in range(len(folded) - place, 0, -1)
                if _is_piece(folded[place : place + n], said, free)
            ),
            0,
        )
        if not size:
            return False
        place += size
    return True


def _is_piece(piece: str, said: str, free: frozenset[str]) -> bool:
    return piece in free or (
        piece in said and (len(piece) >= 2 or (len(piece) == 1 and piece in free | _KANJI_ALONE))
    )


_KANJI_ALONE = frozenset("茶湯水火木竹石土金銀銅鉄紙布糸綿麻絹革皮花草米塩油酒香色白黒赤青緑黄紫灰茶")


@cache
def _free_runs(language: str) -> frozenset[str]:
    """高さ is found in a text as 高: its kana belong to the grammar."""
    listed = _list(language, "free") | _list(language, "pronouns")
    return listed | {run.text for word in listed for run in texts.runs(word)}


@lru_cache(maxsize=512)
def _said(spec: BriefSpec) -> str:
    brief = [
        spec.keyphrase, spec.audience, spec.call_to_action, spec.brand.name,
        *spec.brand.required, *spec.brand.cased, *spec.allowed,
    ]  # fmt: skip
    names = [fact.name.replace("_", " ") for product in spec.products for fact in product.facts]
    prices = [f"{product.price} {product.currency}" for product in spec.products]
    return fold("\n".join([*(product_text(product) for product in spec.products), *brief, *names, *prices]))


@lru_cache(maxsize=512)
def _explained_stems(spec: BriefSpec) -> frozenset[str]:
    said = _said(spec).replace("-", " ")
    found = {shape for word in texts.words(said) for shape in _shapes(word.text, spec.language)}
    return frozenset(found) | _free_stems(spec.locale) | _concept_stems(spec)


@lru_cache(maxsize=512)
def _concept_stems(spec: BriefSpec) -> frozenset[str]:
    """Other words for what the facts say: concepts are judged by their own checks, not twice."""
    text = "\n".join(product_text(product) for product in spec.products)
    forms: list[str] = []
    for group in CONCEPTS:
        words = lexicon(group)
        for concept in words.concepts(text):
            pattern = words.patterns.get(spec.language, {}).get(concept)
            forms += words.forms(concept, language=spec.language) if pattern else []
    plain = " ".join(form.strip("*").replace("-", " ") for form in forms)
    return frozenset(shape for word in texts.words(plain) for shape in _shapes(word.text, spec.language))


@cache
def _free_stems(locale: str) -> frozenset[str]:
    language = locale.replace("_", "-").split("-")[0].lower()
    listed = [*_list(language, "free"), *_list(language, "pronouns"), *number_words(language)]
    units = [name for name in unit_book(locale).spelled if name.isalpha()]
    return frozenset(shape for word in [*listed, *units] for shape in _shapes(word, language)) | frozenset(
        fold(word) for word in [*listed, *units]
    )


@cache
def _list(language: str, name: str) -> frozenset[str]:
    words = read_data("statements.json").get(language, {}).get(name, "")
    return frozenset(
        fold(word.replace("-", " ")) if name != "scene" else fold(word) for word in words.split()
    )
