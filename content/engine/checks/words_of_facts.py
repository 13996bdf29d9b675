"""Materials, colours and origins: said only where a fact, a title or a category says them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from content.engine.checks.relations import is_of
from content.engine.lexicons import lexicon
from content.engine.support import supported_concepts, title_of
from content.engine.text import stem, stems, words
from content.engine.types import BriefSpec, Fields, Finding


def check_materials(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    yield from unsupported(spec, fields, group="materials", check="materials", noun="material")
    yield from _made_of(spec, fields)


# "… of cast iron and comes from Japan": what follows the second verb is not what it is made of.
_UNTIL_VERB = (
    r"(?P<what>(?:(?!\b(?:and|und)\s+(?:comes?|holds?|is|are|has|stands|weighs|measures|kommt|kommen|stammt|fasst|ist|hat|"
    r"wiegt|misst|steht)\b)[^.,;!?])+)"
)
_MADE_OF = {
    "en": re.compile(
        r"(?i)\b(?:made|crafted|woven|knitted|built|formed|cast|cut) (?:of|from|out of) " + _UNTIL_VERB
    ),
    # "aus" alone: a throw "aus Fell" is of fur, whatever the name Fell in its title means.
    "de": re.compile(
        r"(?i)\baus (?P<what>(?:(?!\b(?:in|im|mit|für|von|bei|am|als|kommt|kommen|stammt|"
        r"fasst|ist|sind|hat|haben|wird|wiegt|misst|steht|duftet|passt|brennt)\b)[^.,;!?])+)"
    ),
}
_COMES_FROM = ("origin", "maker", "herkunft", "hersteller", "brand", "country", "region", "place")
"""German says with one word what a thing is made of and where it comes from."""
_MADE = (
    "material",
    "werkstoff",
    "fabric",
    "stoff",
    "ingredient",
    "filling",
    "bristles",
    "blade",
    "vessel",
    "base",
    "plant",
    "detail",
    "spool",
    "binding",
)
"""Parts of the names of facts that say what a thing is made of."""


def _made_of(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    """What a scent or a colour names is not what the thing is made of."""
    pattern = _MADE_OF.get(spec.language)
    if pattern is None:
        return
    made, other = _stems(spec, is_made=True), _stems(spec, is_made=False)
    made |= _stems_of_titles(spec, materials_only=True)
    other |= _stems_of_titles(spec, materials_only=False)
    for field, text in fields.items():
        for match in pattern.finditer(text):
            allowed = made | _places_in(spec, match["what"])
            for word in words(match["what"]):
                root = stem(word.text, language=spec.language)
                if len(word.text) > 3 and root in other - allowed:
                    start = match.start("what") + word.start
                    yield Finding(
                        check="materials",
                        severity="error",
                        field=field,
                        start=start,
                        end=start + len(word.text),
                        message=f"No fact says that it is made of “{word.text}”.",
                        remedy="Say it of the right thing, or leave it out.",
                    )


def _stems(spec: BriefSpec, *, is_made: bool) -> frozenset[str]:
    said = [
        fact.value
        for p in spec.products
        for fact in p.facts
        if any(m in fact.name.casefold() for m in _MADE) == is_made
    ]
    return _roots(said, spec.language)


def _places_in(spec: BriefSpec, what: str) -> frozenset[str]:
    """Words of an origin or a maker that is named whole: "aus der Weberei Fell", and not "aus Fell"."""
    if spec.language != "de":
        return frozenset()
    facts = [f for p in spec.products for f in p.facts if any(n in f.name.casefold() for n in _COMES_FROM)]
    said = _roots([what], spec.language)
    named = [_roots([part], spec.language) for fact in facts for part in fact.value.split(",")]
    return frozenset().union(*(part for part in named if part <= said))


def _stems_of_titles(spec: BriefSpec, *, materials_only: bool) -> frozenset[str]:
    """A title's "cast iron" is what a thing is made of; "Moss" is a name, a candle's "cedar" a scent."""
    titles = [title_of(product) for product in spec.products]
    if materials_only:
        named = [
            m.span.text for t in titles for m in lexicon("materials").mentions(t, language=spec.language)
        ]
        titles = [part for text in named for part in (text, text.replace("-", " "))]
    found = _roots(titles, spec.language)
    return found - _scents(spec) if materials_only else found


def _scents(spec: BriefSpec) -> frozenset[str]:
    facts = [f for p in spec.products for f in p.facts if is_of("smells")(f) or is_of("tastes")(f)]
    return _roots([fact.value for fact in facts], spec.language)


def _roots(texts: Iterable[str], language: str) -> frozenset[str]:
    return frozenset(root for text in texts for root in stems(text, language=language))


def check_colours(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="colours", check="colours", noun="colour")


def check_origins(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="origins", check="origins", noun="origin")


def unsupported(spec: BriefSpec, fields: Fields, *, group: str, check: str, noun: str) -> Iterator[Finding]:
    """Words of the group that the products' catalogue entries do not contain."""
    supported = supported_concepts(spec, group) | lexicon(group).concepts("\n".join(spec.allowed))
    for field, text in fields.items():
        if field == "slug":
            continue
        for mention in lexicon(group).mentions(text, language=spec.language):
            if mention.concept not in supported:
                yield Finding(
                    check=check,
                    severity="error",
                    field=field,
                    start=mention.span.start,
                    end=mention.span.end,
                    message=f"No fact supports the {noun} “{mention.span.text}”.",
                    remedy="Leave it out, or add the fact to the catalogue.",
                )
