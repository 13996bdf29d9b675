"""Whether a customer's learned list alone decides which products are shown.

To be in the list scores, and its weight in a mix may exceed all the other weights together. Then its places
stay ahead of every product that is not in the list, whatever other sources say for that product. If these
places fill the answer within the caps, the other sources can only change their order: only what they say of
the listed products needs to be read.
"""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from personalization.engine.choosing import Chosen
from personalization.engine.diversity import Kind, within_caps
from personalization.engine.evidence import Evidence, Listed
from personalization.engine.placements import PlacementSettings
from personalization.engine.sources.learned import Learned

LEARNED = Learned()
SOURCE = LEARNED.name


def can_settle(settings: PlacementSettings) -> bool:
    """A share of repeats lifts products from far behind, and a minimum looks at what is not shown."""
    own, others = weights(settings)
    has_share = settings.repeat_share is not None and 0 < settings.repeat_share < 1
    return own > others and not has_share and not settings.minimum_relevance


def settles(evidence: Evidence, *, settings: PlacementSettings, count: int, per_category: int) -> bool:
    """`evidence` has the list and what was bought."""
    shown = settled(
        evidence.listed, evidence=evidence, settings=settings, count=count, per_category=per_category
    )
    return len(shown) == count


def settled(
    listed: Iterable[Listed],
    *,
    evidence: Evidence,
    settings: PlacementSettings,
    count: int,
    per_category: int,
) -> list[Listed]:
    """The list's own choice within the caps: fewer than `count` where it does not settle the answer.

    `listed` comes in its order; no more of it is looked at than that takes.
    """
    rows: dict[UUID, Listed] = {}
    taken = within_caps(
        _ahead(listed, evidence=evidence, settings=settings, seen=rows),
        count=count,
        per_category=per_category,
        per_group=settings.max_per_group,
    )
    return [rows[product_id] for product_id in taken]


def chosen_of(shown: Sequence[Listed], *, evidence: Evidence, settings: PlacementSettings) -> list[Chosen]:
    """What `choosing.py` makes of a settled list of which no other source has anything to say.

    There is one source, so nothing has to be pooled, compared or spread: its order within the caps stands.
    """
    own, _ = weights(settings)
    found = [candidate for row in shown if (candidate := LEARNED.candidate(row, evidence=evidence))]
    best = found[0].score if found else 1.0
    return [
        Chosen(
            product_id=candidate.product_id,
            score=own * (candidate.score / best),
            source=SOURCE,
            reasons=(candidate.reason,),
            contributions={SOURCE: own * (candidate.score / best)},
            is_fallback=False,
            relevance=candidate.score / best,
        )
        for candidate in found
    ]


def _ahead(
    listed: Iterable[Listed],
    *,
    evidence: Evidence,
    settings: PlacementSettings,
    seen: dict[UUID, Listed],
) -> Iterator[Kind]:
    """Each source's scores are divided by its best: a product outside of the list has `others` at most."""
    own, others = weights(settings)
    best = 0.0
    for row in listed:
        candidate = LEARNED.candidate(row, evidence=evidence)
        if candidate is None:
            continue
        best = best or candidate.score
        if own * candidate.score / best <= others:
            return
        seen[row.product_id] = row
        yield Kind(row.product_id, row.category, row.group)


def weights(settings: PlacementSettings) -> tuple[float, float]:
    """Of the learned list, and of all other sources together."""
    own = settings.mix.get(SOURCE, 0.0)
    return own, sum(settings.mix.values()) - own
