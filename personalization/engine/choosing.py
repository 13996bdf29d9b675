"""From evidence to the items of an answer: gather, pool, rank, shape, spread; then honest fallback stages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from uuid import UUID

from personalization.engine.candidates import Candidate, Reason
from personalization.engine.diversity import Kind, fills, spread
from personalization.engine.evidence import Evidence
from personalization.engine.mixing import mixed
from personalization.engine.placements import PlacementSettings
from personalization.engine.promoting import Wish, granted, place
from personalization.engine.ranker import BlendRanker, Pooled, Ranker, features_of, pool
from personalization.engine.sources import SOURCES, gather

CANDIDATES_PER_SOURCE = 60
FALLBACK_SOURCES = ("popularity", "newest")
Stage = Literal["ranked", "fallback", "promoted"]


@dataclass(frozen=True)
class Chosen:
    product_id: UUID
    score: float
    source: str
    reasons: tuple[Reason, ...]
    contributions: Mapping[str, float]
    """What each source gave to the score; empty for a fallback."""
    is_fallback: bool
    relevance: float = 0.0
    """The score before boosts, as a share of the best one's."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Boost and bury rules that moved it, by name."""
    rule: str = ""
    """The pin rule that put it here."""

    @property
    def stage(self) -> Stage:
        if self.source == "promotion":
            return "promoted"
        return "fallback" if self.is_fallback else "ranked"


@dataclass(frozen=True)
class Wanted:
    settings: PlacementSettings
    count: int
    per_category: int


@dataclass(frozen=True)
class Shaping:
    """What bears on one person's candidates besides their scores."""

    weights: Mapping[UUID, Mapping[str, float]] = field(default_factory=dict)
    """Weights of the boost and bury rules that each product falls under, by the rule's name."""
    owned: frozenset[UUID] = frozenset()
    """What the person ever bought."""
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True)
class Choice:
    items: list[Chosen]
    irrelevant: tuple[UUID, ...] = ()
    """Candidates below the placement's minimum relevance."""


def pooled_candidates(evidence: Evidence, *, settings: PlacementSettings) -> list[Pooled]:
    return pool(gather(evidence, names=settings.mix, limit=CANDIDATES_PER_SOURCE))


def fallback_candidates(evidence: Evidence, *, settings: PlacementSettings) -> list[Candidate]:
    names = fallback_sources(settings)
    return gather(evidence, names=names, limit=CANDIDATES_PER_SOURCE)


def fallback_sources(settings: PlacementSettings) -> list[str]:
    return [name for name in FALLBACK_SOURCES if name not in settings.mix] if settings.fallback else []


class Scored(NamedTuple):
    """A candidate on its way: reasons are put together only for what is taken."""

    row: Pooled
    score: float
    relevance: float
    shares: list[float]
    """Of each source of the mix, by its order there, before weighing."""
    weights: Mapping[str, float]

    @property
    def product_id(self) -> UUID:
        return self.row.product_id


@dataclass(frozen=True)
class Order:
    """The ranked candidates before any category or place has its say."""

    ranked: list[Scored]
    irrelevant: tuple[UUID, ...] = ()

    def product_ids(self) -> list[UUID]:
        return [item.product_id for item in self.ranked]


def ordered(pooled: Sequence[Pooled], *, settings: PlacementSettings, shaping: Shaping) -> Order:
    """1. Rank. 2. Leave out what is not relevant enough. 3. Boost and bury. 4. Mix repeat and new."""
    ranked = _ranked(pooled, ranker=BlendRanker(settings.mix), settings=settings)
    least = settings.minimum_relevance
    return Order(
        _shaped([item for item in ranked if item.relevance >= least], shaping=shaping, settings=settings),
        tuple(item.product_id for item in ranked if item.relevance < least),
    )


def choose(
    order: Order,
    fallback: Sequence[Candidate],
    *,
    wanted: Wanted,
    kinds: Mapping[UUID, Kind],
    shaping: Shaping,
) -> Choice:
    """5. Spread over categories. 6. Fill up. 7. Place promotions.

    `kinds` names every product that may be shown; a candidate missing from it is dropped.
    """
    taken = _spread(order.ranked, wanted=wanted, kinds=kinds)
    if not wanted.settings.minimum_relevance or not taken:
        # With a minimum of relevance a short list is the honest one; an empty one helps nobody.
        taken += _filled(fallback, taken=taken, kinds=kinds, count=wanted.count, shaping=shaping)
    return Choice(_with_wishes(taken, wanted=wanted, shaping=shaping), order.irrelevant)


def is_filled(order: Order, *, wanted: Wanted, kinds: Mapping[UUID, Kind]) -> bool:
    """Whether those of the best candidates that `kinds` names fill an answer within the caps: then what
    comes after them cannot be taken, and need not be looked at."""
    return fills(
        _kinds(order.ranked, kinds=kinds),
        count=wanted.count,
        per_category=wanted.per_category,
        per_group=wanted.settings.max_per_group,
    )


def _ranked(pooled: Sequence[Pooled], *, ranker: Ranker, settings: PlacementSettings) -> list[Scored]:
    features = features_of(pooled, sources=tuple(settings.mix))
    scores = ranker.rank(pooled, features).tolist()
    best = max(scores, default=0.0) or 1.0
    none: dict[str, float] = {}
    scored = [
        Scored(row, score, score / best, shares, none)
        for row, score, shares in zip(pooled, scores, features.values.tolist(), strict=True)
    ]
    return _best_first(scored)


def _best_first(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda item: (-item.score, item.row.product_id))


def _shaped(ranked: Sequence[Scored], *, shaping: Shaping, settings: PlacementSettings) -> list[Scored]:
    weighed = ranked
    if shaping.weights:
        weighed = _best_first(_weighed(item, shaping) for item in ranked)
    share = settings.repeat_share
    if share is None or not 0 < share < 1:
        return list(weighed)
    by_id = {item.product_id: item for item in weighed}
    wants_personal = _wants_personal(settings)
    # What a person has and only others buy now is no repeat purchase that a share should lift.
    last = [
        own
        for own, item in by_id.items()
        if own in shaping.owned and wants_personal and not _is_personal(item)
    ]
    rest = [own for own in by_id if own not in set(last)]
    return [by_id[own] for own in [*mixed(rest, owned=shaping.owned, share=share), *last]]


def _weighed(item: Scored, shaping: Shaping) -> Scored:
    weights = shaping.weights.get(item.product_id)
    if not weights:
        return item
    return item._replace(score=item.score * _product(weights), weights=weights)


def _wants_personal(settings: PlacementSettings) -> bool:
    return any(SOURCES[name].is_personal for name in settings.mix)


def _is_personal(item: Scored) -> bool:
    return any(SOURCES[name].is_personal for name in item.row.candidates)


def _product(weights: Mapping[str, float]) -> float:
    total = 1.0
    for weight in weights.values():
        total *= weight
    return total


def _spread(shaped: Sequence[Scored], *, wanted: Wanted, kinds: Mapping[UUID, Kind]) -> list[Chosen]:
    by_id: dict[UUID, Scored] = {}
    order = spread(
        _kinds(shaped, kinds=kinds, seen=by_id),
        count=wanted.count,
        per_category=wanted.per_category,
        per_group=wanted.settings.max_per_group,
    )
    return [_chosen(by_id[product_id], settings=wanted.settings) for product_id in order]


def _kinds(
    items: Iterable[Scored], *, kinds: Mapping[UUID, Kind], seen: dict[UUID, Scored] | None = None
) -> Iterator[Kind]:
    """Of those that have one; one after the other, so that what comes too late costs nothing."""
    for item in items:
        kind = kinds.get(item.row.product_id)
        if kind is not None:
            if seen is not None:
                seen[kind.product_id] = item
            yield kind


def _chosen(item: Scored, *, settings: PlacementSettings) -> Chosen:
    """Reasons in the order of what they gave; the first source is the item's."""
    row, shares = item.row, dict(zip(settings.mix, item.shares, strict=True))
    gave = {name: shares[name] * settings.mix[name] for name in row.candidates}
    order = sorted(gave, key=lambda name: (-gave[name], name))
    return Chosen(
        product_id=row.product_id,
        score=item.score,
        source=order[0],
        reasons=tuple(row.candidates[name].reason for name in order),
        contributions={name: gave[name] for name in order},
        is_fallback=_wants_personal(settings) and not _is_personal(item),
        relevance=item.relevance,
        weights=item.weights,
    )


def _filled(
    fallback: Iterable[Candidate],
    *,
    taken: Sequence[Chosen],
    kinds: Mapping[UUID, Kind],
    count: int,
    shaping: Shaping,
) -> list[Chosen]:
    """Stage after stage. There are no scores to compare here: a boost leads its stage, a bury ends it."""
    seen = {item.product_id for item in taken}
    filled: dict[UUID, Chosen] = {}
    for candidate in _by_stage(fallback, shaping=shaping):
        if candidate.product_id in kinds and candidate.product_id not in seen:
            weights = shaping.weights.get(candidate.product_id, {})
            item = Chosen(
                candidate.product_id, 0.0, candidate.source, (candidate.reason,), {}, is_fallback=True,
                weights=weights,
            )  # fmt: skip
            filled.setdefault(candidate.product_id, item)
    return list(filled.values())[: max(count - len(taken), 0)]


def _by_stage(fallback: Iterable[Candidate], *, shaping: Shaping) -> list[Candidate]:
    if not shaping.weights:
        return list(fallback)
    return sorted(
        fallback,
        key=lambda own: (
            FALLBACK_SOURCES.index(own.source),
            -_product(shaping.weights.get(own.product_id, {})),
        ),
    )


def _with_wishes(items: Sequence[Chosen], *, wanted: Wanted, shaping: Shaping) -> list[Chosen]:
    wishes = granted(shaping.wishes, count=wanted.count, quota=wanted.settings.promotion_quota)
    if not wishes:
        return list(items)
    wished = {wish.product_id for wish in wishes}
    others = [item for item in items if item.product_id not in wished]
    promoted = [(wish.position, _promoted(wish)) for wish in wishes]
    return place(others, promoted, count=wanted.count, spacing=wanted.settings.promotion_spacing)


def _promoted(wish: Wish) -> Chosen:
    return Chosen(
        wish.product_id, 0.0, "promotion", (Reason("promoted"),), {}, is_fallback=False, rule=wish.rule
    )


def explain_fallback(chosen: Sequence[Chosen], *, is_known: bool, count: int) -> str:
    """Why an answer is not all personal; empty when it is."""
    general = [item for item in chosen if item.is_fallback]
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
