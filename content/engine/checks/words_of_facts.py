"""Materials, colours and origins: said only where a fact, a title or a category says them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine.lexicons import lexicon
from content.engine.support import supported_concepts
from content.engine.text import stem, words
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
    "de": re.compile(r"(?i)\b(?:besteht|bestehen|gefertigt|gemacht|hergestellt|ist) aus " + _UNTIL_VERB),
}
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
    for field, text in fields.items():
        for match in pattern.finditer(text):
            for word in words(match["what"]):
                root = stem(word.text, language=spec.language)
                if len(word.text) > 3 and root in other - made:
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
    said += [p.title for p in spec.products] if is_made else []
    return frozenset(stem(word.text, language=spec.language) for text in said for word in words(text))


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
