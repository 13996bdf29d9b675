"""The text that stands for a product when it is compared with others or with a search."""

from collections.abc import Iterable, Sequence

from omotenashi.catalog.engine.locales import fallbacks
from omotenashi.catalog.engine.rows import FactInput

# e5 reads 512 tokens: about this many characters of a European language.
MAX_CHARACTERS = 1500
# Identifiers and offers tell nothing of what a thing is like.
NOT_TELLING = frozenset({"gtin", "mpn", "sku", "ean", "isbn", "condition", "multipack"})


def passage(
    *, title: str, categories: Sequence[str], description: str, facts: Iterable[FactInput], locale: str
) -> str:
    """Title, categories, key facts, description: in the order of how much they tell, cut at the end."""
    parts = [title, " · ".join(categories), "; ".join(_facts(facts, locale=locale)), description]
    return "\n".join(part for part in parts if part)[:MAX_CHARACTERS]


def _facts(facts: Iterable[FactInput], *, locale: str) -> list[str]:
    # The language of the title, or none: a fact in another one would pull the vector towards that language.
    wanted = ["", *reversed(fallbacks(locale))]
    told = [fact for fact in facts if fact.locale in wanted and fact.name.lower() not in NOT_TELLING]
    nearest = {fact.name: fact for fact in sorted(told, key=lambda fact: wanted.index(fact.locale))}
    return [f"{name}: {nearest[name].value} {nearest[name].unit}".strip() for name in sorted(nearest)]
