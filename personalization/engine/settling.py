"""Whether a customer's learned list alone decides which products are shown.

To be in the list scores, and its weight in a mix may exceed all the other weights together. Then its places
stay ahead of every product that is not in the list, whatever other sources say for that product. If these
places fill the answer within the caps, the other sources can only change their order: only what they say of
the listed products needs to be read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from personalization.engine.candidates import Reason
from personalization.engine.diversity import within_caps
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
    return within_caps(
        _ahead(listed, evidence=evidence, settings=settings),
        count=count,
        per_category=per_category,
        per_group=settings.max_per_group,
    )


def _ahead(listed: Iterable[Listed], *, evidence: Evidence, settings: PlacementSettings) -> Iterator[Listed]:
    """Each source's scores are divided by its best: a product outside of the list has `others` at most."""
    own, others = weights(settings)
    best = 0.0
    for row in listed:
        if not LEARNED.has_reason(row, evidence):
            continue
        score = LEARNED.score(row)
        best = best or score
        if own * score / best <= others:
            return
        yield row


class Shown(NamedTuple):
    """A place of a settled list, as it is shown."""

    product_id: UUID
    score: float
    relevance: float
    reason: Reason


def shown_of(rows: Sequence[Listed], *, evidence: Evidence, settings: PlacementSettings) -> list[Shown]:
    """What `choosing.py` makes of a settled list of which no other source has anything to say.

    There is one source, so nothing has to be pooled, compared or spread: its order within the caps stands.
    """
    own, _ = weights(settings)
    found: list[Shown] = []
    best = LEARNED.score(rows[0]) if rows else 1.0
    for row in rows:
        reason = LEARNED.reason(row, evidence)
        if reason:
            share = LEARNED.score(row) / best
            found.append(Shown(row.product_id, own * share, share, reason))
    return found


def worth_ranking(evidence: Evidence, *, last: int) -> Evidence:
    """Without the places behind the `last` one that the list alone shows and of which no other source speaks:
    they rank behind all that it shows, and lead no source."""
    spoken_of = {
        row.product_id
        for rows in (evidence.links, evidence.similar, evidence.also_bought, evidence.due, evidence.views)
        for row in rows
    }
    listed = tuple(row for row in evidence.listed if row.place <= last or row.product_id in spoken_of)
    return replace(evidence, listed=listed)


def weights(settings: PlacementSettings) -> tuple[float, float]:
    """Of the learned list, and of all other sources together."""
    own = settings.mix.get(SOURCE, 0.0)
    return own, sum(settings.mix.values()) - own
