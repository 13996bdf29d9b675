"""Whether a customer's learned list alone decides which products are shown.

A place in the list scores, and its weight in a mix may exceed all the other weights together. Then the first
places stay ahead of every product that is not in the list, whatever other sources say for that product. If
these places fill the answer within the caps, the other sources can only change their order: only what they
say of the listed products needs to be read.
"""

from collections.abc import Sequence

from personalization.engine.candidates import Candidate
from personalization.engine.diversity import Kind, fills
from personalization.engine.evidence import Evidence
from personalization.engine.placements import PlacementSettings
from personalization.engine.sources import source_named

SOURCE = "learned"


def can_settle(settings: PlacementSettings) -> bool:
    """A share of repeats lifts products from far behind, and a minimum looks at what is not shown."""
    own, others = weights(settings)
    has_share = settings.repeat_share is not None and 0 < settings.repeat_share < 1
    return own > others and not has_share and not settings.minimum_relevance


def settles(evidence: Evidence, *, settings: PlacementSettings, count: int, per_category: int) -> bool:
    """`evidence` has the list and what was bought."""
    kinds = {row.product_id: Kind(row.product_id, row.category, row.group) for row in evidence.listed}
    found = source_named(SOURCE).candidates(evidence, limit=len(kinds))
    ahead = [kinds[own.product_id] for own in _ahead(found, settings=settings)]
    return fills(ahead, count=count, per_category=per_category, per_group=settings.max_per_group)


def _ahead(found: Sequence[Candidate], *, settings: PlacementSettings) -> list[Candidate]:
    """Each source's scores are divided by its best: a product outside of the list has `others` at most."""
    own, others = weights(settings)
    return [row for row in found if own * row.score / found[0].score > others]


def weights(settings: PlacementSettings) -> tuple[float, float]:
    """Of the learned list, and of all other sources together."""
    own = settings.mix.get(SOURCE, 0.0)
    return own, sum(settings.mix.values()) - own
