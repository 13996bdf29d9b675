"""From evidence to the items of an answer: gather, pool, rank, spread; then honest fallback stages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from personalization.engine.candidates import Candidate, Reason
from personalization.engine.diversity import Kind, spread
from personalization.engine.evidence import Evidence
from personalization.engine.placements import PlacementSettings
from personalization.engine.ranker import BlendRanker, Pooled, Ranker, features_of, pool
from personalization.engine.sources import SOURCES, gather

CANDIDATES_PER_SOURCE = 60
FALLBACK_SOURCES = ("popularity", "newest")


@dataclass(frozen=True)
class Chosen:
    product_id: UUID
    score: float
    source: str
    reasons: tuple[Reason, ...]
    contributions: Mapping[str, float]
    """What each source gave to the score; empty for a fallback."""
    is_fallback: bool


@dataclass(frozen=True)
class Wanted:
    settings: PlacementSettings
    count: int
    per_category: int


def pooled_candidates(evidence: Evidence, *, settings: PlacementSettings) -> list[Pooled]:
    return pool(gather(evidence, names=settings.mix, limit=CANDIDATES_PER_SOURCE))


def fallback_candidates(evidence: Evidence, *, settings: PlacementSettings) -> list[Candidate]:
    names = [name for name in FALLBACK_SOURCES if name not in settings.mix] if settings.fallback else []
    return gather(evidence, names=names, limit=CANDIDATES_PER_SOURCE)


def choose(
    pooled: Sequence[Pooled], fallback: Sequence[Candidate], *, wanted: Wanted, kinds: Mapping[UUID, Kind]
) -> list[Chosen]:
    """`kinds` names every product that may be shown; a candidate missing from it is dropped."""
    ranker = BlendRanker(wanted.settings.mix)
    ranked = _ranked(
        [row for row in pooled if row.product_id in kinds], ranker=ranker, settings=wanted.settings
    )
    by_id = {chosen.product_id: chosen for chosen in ranked}
    order = spread(
        [kinds[chosen.product_id] for chosen in ranked],
        count=wanted.count,
        per_category=wanted.per_category,
        per_group=wanted.settings.max_per_group,
    )
    taken = [by_id[product_id] for product_id in order]
    return taken + _filled(fallback, taken=order, kinds=kinds, missing=wanted.count - len(taken))


def _ranked(pooled: Sequence[Pooled], *, ranker: Ranker, settings: PlacementSettings) -> list[Chosen]:
    names = tuple(settings.mix)
    features = features_of(pooled, sources=names)
    scores = ranker.rank(pooled, features)
    chosen = [
        _chosen(row, score=float(score), shares=dict(zip(names, values, strict=True)), settings=settings)
        for row, score, values in zip(pooled, scores, features.values.tolist(), strict=True)
    ]
    return sorted(chosen, key=lambda item: (-item.score, item.product_id))


def _chosen(row: Pooled, *, score: float, shares: Mapping[str, float], settings: PlacementSettings) -> Chosen:
    """Reasons in the order of what they gave; the first source is the item's."""
    gave = {name: shares[name] * settings.mix[name] for name in row.candidates}
    order = sorted(gave, key=lambda name: (-gave[name], name))
    wants_personal = any(SOURCES[name].is_personal for name in settings.mix)
    return Chosen(
        product_id=row.product_id,
        score=score,
        source=order[0],
        reasons=tuple(row.candidates[name].reason for name in order),
        contributions={name: gave[name] for name in order},
        is_fallback=wants_personal and not any(SOURCES[name].is_personal for name in order),
    )


def _filled(
    fallback: Iterable[Candidate], *, taken: Sequence[UUID], kinds: Mapping[UUID, Kind], missing: int
) -> list[Chosen]:
    seen = set(taken)
    filled: list[Chosen] = []
    for candidate in fallback:
        if len(filled) >= missing:
            break
        if candidate.product_id in kinds and candidate.product_id not in seen:
            seen.add(candidate.product_id)
            reasons = (candidate.reason,)
            filled.append(Chosen(candidate.product_id, 0.0, candidate.source, reasons, {}, is_fallback=True))
    return filled


def explain_fallback(chosen: Sequence[Chosen], *, is_known: bool, count: int) -> str:
    """Why an answer is not all personal; empty when it is."""
    general = [item for item in chosen if item.is_fallback]
    if not chosen:
        return "Nothing can be sold that these rules and filters let through."
    if not general:
        return ""
    stages = " and ".join(
        words
        for name, words in (("popularity", "what many buy now"), ("newest", "what was added last"))
        if any(item.source == name for item in general)
    )
    if len(general) == len(chosen) and not is_known:
        return f"Nothing is known of this visitor yet, so this is {stages}."
    personal = len(chosen) - len(general)
    return f"{personal} of {count} items follow from this visitor or page; the rest is {stages}."
