"""What each wanted sentence is about: facts of one product, grouped as a person would tell them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from content.engine.checks import leftovers, links, personal_data
from content.engine.checks.keyphrase import contains
from content.engine.lexicons import forms_pattern, read_data
from content.engine.plans import FieldPlan
from content.engine.support import said
from content.engine.types import Brand, BriefSpec, FactValue, ProductFacts

_GROUPS: dict[str, tuple[tuple[str, ...], ...]] = {
    # Each inner tuple is tried in turn; the facts of the first that exist make the sentence.
    "opening": (("suits",), ("colour",), ("color",), ("scent",), ("taste",), ("use",), ("pattern",),
                ("quality",)),
    "making": (("material",), ("ingredients",), ("plant",), ("processing",), ("form",)),
    "finish": (("finish",), ("making",), ("weave",), ("processing",)),
    "size": (("capacity",), ("length", "width"), ("diameter", "height"), ("burn_time",),
             ("height",), ("net_weight",), ("weight",), ("length",)),
    "quality": (("detail",), ("quality",), ("taste",), ("scent",), ("pattern",), ("vessel",),
                ("base",), ("binding",), ("packaging",)),
    "origin": (("maker", "origin"), ("origin",), ("maker",)),
    "care": (("care",), ("storage",), ("water_temperature", "steeping_time"), ("sowing",), ("disposal",)),
}  # fmt: skip
PRODUCT_SLOTS = ("opening", "making", "finish", "quality", "size", "origin", "care")
SHORT_SLOTS = ("opening", "quality")
_MOST_LEFT = 5
"""Facts that no group knows, told one by one."""
_FEWEST = 3
"""Sentences a full description should have, even of facts that no group knows."""
MAX_FACT = 120
"""Characters of a fact that a prompt takes; longer ones are prose, not facts."""

_NO_BRIEF = BriefSpec(content_type="social_post", locale="en", products=(), brand=Brand(name=""))


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One wanted sentence: about which product, saying which facts."""

    name: str
    subject: str
    """What the sentence calls the product, or the theme of a scene."""
    facts: tuple[FactValue, ...] = ()
    product: ProductFacts | None = None
    mood: str = ""
    is_needed: bool = False
    """A needed slot keeps its least bad sentence; another is left out when nothing passes."""

    @property
    def key(self) -> str:
        about = self.product.title if self.product else self.mood
        return f"{self.name}|{about}|{'+'.join(fact.name for fact in self.facts)}"


def slots_for(plan: FieldPlan, spec: BriefSpec, *, more: int = 0) -> list[list[Slot]]:
    """Paragraphs of slots. A section for each product where the plan says so.

    `more` tells more of each product (1), and sets more scenes (2): for a text that came out too short.
    """
    scenes = _scenes(spec, count=plan.slots.count("scene") + (2 if more > 1 else 0))
    names = tuple(name for name in plan.slots if name in _GROUPS or name == "rest")
    if "each_product" in plan.slots:
        names = PRODUCT_SLOTS
    elif "each_short" in plan.slots:
        names = (*PRODUCT_SLOTS, "rest") if more else SHORT_SLOTS
    is_each = any(name.startswith("each_") for name in plan.slots)
    products = spec.products if is_each else spec.products[:1]
    told = [product_slots(spec, product, names=names) for product in products] if names else []
    if told and not scenes and plan.keyphrase == "wanted" and "opening" not in names:
        told[0] = _begun(spec, told[0])
    return [group for group in (scenes, *told) if group]


def _begun(spec: BriefSpec, slots: list[Slot]) -> list[Slot]:
    """The first sentence calls the product by its whole name: searchers type that."""
    first = [
        replace(slot, subject=_opening_subject(spec, slot.product), is_needed=True)
        for slot in slots[:1]
        if slot.product
    ]
    return [*first, *slots[1:]]


def required_slot(spec: BriefSpec, term: str) -> Slot:
    """A sentence for a term of the guideline that no other sentence brought."""
    product = spec.products[0]
    noun = head_noun(product.title, language=spec.language)
    fact = FactValue(name="required", value=clean(term))
    name = "brand" if term.strip() == spec.brand.name.strip() else "quality"
    return Slot(name=name, subject=noun, facts=(fact,), product=product, is_needed=True)


def product_slots(spec: BriefSpec, product: ProductFacts, *, names: Sequence[str]) -> list[Slot]:
    """One slot per name that has facts; no fact is told twice."""
    usable = {fact.name: fact for fact in usable_facts(product)}
    taken: set[str] = set()
    slots: list[Slot] = []
    for name in (name for name in names if name != "rest"):
        facts = (name == "opening" and _keyphrase_facts(spec, product, usable)) or _pick(usable, name, taken)
        if facts or name == "opening":
            taken.update(fact.name for fact in facts)
            subject = (
                _opening_subject(spec, product)
                if name == "opening"
                else head_noun(product.title, language=spec.language)
            )
            slots.append(
                Slot(name=name, subject=subject, facts=facts, product=product, is_needed=name == "opening")
            )
    is_bare = len(slots) < _FEWEST <= len(names) or "rest" in names
    return [*slots, *_leftover_slots(spec, product, usable, taken)] if is_bare else slots


def _leftover_slots(
    spec: BriefSpec, product: ProductFacts, usable: dict[str, FactValue], taken: set[str]
) -> list[Slot]:
    """Shops name facts as they like: what no group knows is still told."""
    rest = [fact for fact in usable.values() if fact.name not in taken and fact.name != "safety"][:_MOST_LEFT]
    noun = head_noun(product.title, language=spec.language)
    return [Slot(name="quality", subject=noun, facts=(fact,), product=product) for fact in rest]


def _pick(usable: dict[str, FactValue], name: str, taken: set[str]) -> tuple[FactValue, ...]:
    for group in _GROUPS[name]:
        if all(fact in usable and fact not in taken for fact in group):
            return tuple(usable[fact] for fact in group)
    return ()


def usable_facts(product: ProductFacts) -> list[FactValue]:
    """Facts a prompt may carry. One that holds markup, links or orders is data gone bad: it is not told."""
    return [replace(fact, value=clean(fact.value)) for fact in product.facts if is_usable(fact)]


def is_usable(fact: FactValue) -> bool:
    text = said(fact)
    if not text or len(text) > MAX_FACT or "\n" in text:
        return False
    return not any(
        found
        for check in (leftovers.check, links.check, personal_data.check)
        for found in check(_NO_BRIEF, {"fact": text})
    )


def clean(text: str) -> str:
    """One line of plain characters: a value cannot leave its line nor speak a model's control tokens."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return re.sub(r"\s+", " ", kept.replace("<|", "<").replace("|>", ">").replace("```", "")).strip()


def short_title(title: str) -> str:
    """The title without the variant after the comma or the space before a size."""
    first = re.sub(r"(?<=」).*", "", re.split(r"[,、|\uff0c]", clean(title))[0]).strip()
    return re.sub(r"\s*\d[\d.,]*\s?[×x]?\s?[\d.,]*\s?\w{1,3}$", "", first).strip() or clean(title)


def _opening_subject(spec: BriefSpec, product: ProductFacts) -> str:
    """The title; in English, where keyphrases read as nouns, the keyphrase if the title lacks it."""
    title = _in_sentence(short_title(spoken(product.title, spec)), language=spec.language)
    if spec.language == "en" and _is_about_keyphrase(spec, product):
        return clean(spec.keyphrase)
    return title


_ADJECTIVE = re.compile(
    r"(?:ern|en|iert|est|lich|isch|ig|haft|sam|los|bar|wollen|hölzern)e[rsn]?$|^(?:Feste|Große|Kleine|Runde|Weiche|Weiße|Schwarze)[rsn]?$"
)


def _keyphrase_facts(
    spec: BriefSpec, product: ProductFacts, usable: dict[str, FactValue]
) -> tuple[FactValue, ...]:
    """A fact with which the title says the keyphrase: „Duftkerze Sojawachs“ is a candle whose wax is soy."""
    if spec.language == "en" or not _is_about_keyphrase(spec, product):
        return ()
    title = short_title(product.title)
    found = (
        f for f in usable.values() if contains(f"{title} {f.value}", spec.keyphrase, language=spec.language)
    )
    return tuple(found)[:1]


def _is_about_keyphrase(spec: BriefSpec, product: ProductFacts) -> bool:
    """The main product of a description, when its title does not say the keyphrase by itself."""
    is_main = bool(spec.products) and product is spec.products[0]
    is_wanted = bool(spec.keyphrase) and spec.content_type in {"product_description", "social_post"}
    title = short_title(product.title)
    return is_main and is_wanted and not contains(title, spec.keyphrase, language=spec.language)


def _in_sentence(title: str, *, language: str) -> str:
    """A title begins with a capital even where its first word would not."""
    first, _, rest = title.partition(" ")
    if language in _NOUN_FIRST and first[1:].islower():
        return f"{first.lower()} {rest}".strip()
    return (
        f"{first[:1].lower()}{first[1:]} {rest}"
        if language == "de" and rest and _ADJECTIVE.search(first)
        else title
    )


_NOUN_FIRST = frozenset({"fr", "es", "it", "pt", "ca", "ro"})
"""A title says the thing first and describes it then; it begins with a capital only because it is a title."""


def head_noun(title: str, *, language: str) -> str:
    """What a person would call the thing in the second sentence: teapot, Teekanne, ティーポット."""
    short = re.sub(r"[„“\"”»«].*?[“”\"»«]|「.*?」", " ", short_title(title)).strip() or short_title(title)
    if language == "ja":
        head = re.split(r"[\s「]", re.split(r"「", short_title(title))[0].strip() or short)[0].rsplit(
            "の", 1
        )[-1]
        katakana = re.search(r"[ァ-ヴー]{3,}$", head)
        return katakana.group() if katakana else head
    words = re.split(r"\s+(?:with|of|for|in|and|&|mit|aus|für|und|im|auf)\s+", short)[0].split()
    if language in _NOUN_FIRST:
        return words[0].lower() if words else short
    if language == "de":
        nouns = [w for w in words if w[:1].isupper() and not _ADJECTIVE.search(w)]
        return nouns[0] if nouns else words[-1]
    nouns = [word for word in words if not any(c.isdigit() for c in word)]
    return (nouns or words)[-1] if words else short


def spoken(title: str, spec: BriefSpec) -> str:
    """The title as a prompt may show it: a word the guideline bans is not put into the model's mouth."""
    text = clean(title)
    for term in filter(str.strip, spec.brand.banned):
        text = forms_pattern((term.strip(),), language=spec.language).sub(" ", text)
    return re.sub(r"\s+", " ", text).strip() or clean(title)


def _scenes(spec: BriefSpec, *, count: int) -> list[Slot]:
    theme = clean(spec.keyphrase) or (short_title(spec.products[0].title) if spec.products else "")
    moods = read_data("moods.json").get(spec.language) or [""]
    # The theme decides where to begin: two briefs do not open alike, and a restart tells the same.
    first = sum(map(ord, theme)) % len(moods)
    return [
        Slot(name="scene", subject=theme, mood=moods[(first + place) % len(moods)], is_needed=place == 0)
        for place in range(count)
    ]


def keywords(slot: Slot, *, language: str) -> list[str]:
    """The slot as the prompt shows it: the subject, then facts with their labels."""
    parts = [slot.subject, *([slot.mood] if slot.mood else [])]
    return [*parts, *(labelled(fact, language=language) for fact in slot.facts)]


def label_of(name: str, *, language: str) -> str:
    """What the language calls a fact of this name; empty where nobody has told us."""
    labels = read_data("fact_labels.json").get(language, {})
    return str(labels.get(name, name.replace("_", " ") if language == "en" else ""))


def labelled(fact: FactValue, *, language: str) -> str:
    label = label_of(fact.name, language=language)
    value = localized(fact, language=language)
    if fact.kind == "number":
        return f"{label} {value}".strip()
    mark = "\uff1a" if language == "ja" else ": "
    return f"{label}{mark}{value}" if label else value


def localized(fact: FactValue, *, language: str) -> str:
    """Numbers as the language writes them: 1.5 l is 1,5 l in German, 10 cm is 10cm in Japanese."""
    value = (
        fact.value.replace(".", ",")
        if fact.kind == "number" and language in {"de", "fr", "es", "it", "nl"}
        else fact.value
    )
    return f"{value}{'' if language in {'ja', 'zh'} else ' '}{fact.unit}".strip()
