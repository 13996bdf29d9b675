"""Short fields: lines sampled by themselves, and descriptions chosen from sentences that already passed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from content.engine.checks.keyphrase import contains
from content.engine.plans import FieldPlan
from content.engine.slots import clean, short_title
from content.engine.text import is_unspaced, join_sentences
from content.engine.types import BriefSpec

_MOST_SENTENCES = 4


def line_keywords(spec: BriefSpec) -> list[str]:
    titles = [clean(product.title) for product in spec.products[:3]]
    parts = [clean(spec.keyphrase), *(titles if len(titles) == 1 else [short_title(title) for title in titles])]
    return list(dict.fromkeys(filter(None, parts)))


def tidy_line(text: str) -> str:
    """A title has no final stop and no quotes around it."""
    return text.strip().strip("\"“”„「」").rstrip("。").rstrip(".").strip()


def best_line(spec: BriefSpec, plan: FieldPlan, sentences: Sequence[str]) -> str:
    """Sentences in their order that together fit the plan best, the keyphrase among them if possible."""
    low, high = plan.limits(spec.language)
    pool = list(dict.fromkeys(sentences))[:12]
    choices = [join_sentences(list(c), language=spec.language) for n in range(1, _MOST_SENTENCES + 1) for c in combinations(pool, n)]
    return max(choices, key=lambda text: _fit(spec, plan, text, low, high), default="")


def _fit(spec: BriefSpec, plan: FieldPlan, text: str, low: int, high: int) -> tuple[bool, bool, bool, int]:
    size = len(text)
    has_keyphrase = plan.keyphrase == "none" or not spec.keyphrase or contains(text, spec.keyphrase, language=spec.language)
    return (not high or size <= high, has_keyphrase, size >= low, min(size, high or size))


def hashtags(spec: BriefSpec) -> str:
    """From the keyphrase, the brand and the categories' own words: tags are names, not prose."""
    said = [spec.keyphrase, spec.brand.name, *(short_title(p.title) for p in spec.products[:1])]
    tags = dict.fromkeys(_tag(text, unspaced=is_unspaced(spec.language)) for text in said if text.strip())
    return " ".join(tag for tag in tags if len(tag) > 2)


def _tag(text: str, *, unspaced: bool) -> str:
    kept = "".join(c if c.isalnum() or c in "ー々" else " " for c in text).split()
    return "#" + "".join(part if unspaced else part[:1].upper() + part[1:] for part in kept)
