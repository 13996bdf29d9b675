"""What people with a like history buy: the products nearest to the person's vector of purchases."""

from collections.abc import Mapping
from uuid import UUID

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import AlsoBought, Evidence

MIN_BUYERS = 2
"""One other buyer is a coincidence, and could point at a person."""


class Collaborative:
    name = "collaborative"
    is_personal = True

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        """The vectors score. What shares no buyers with any seed is left out: no reason were true."""
        weights = {seed.product_id: seed.weight for seed in evidence.seeds}
        best: dict[UUID, AlsoBought] = {}
        for row in evidence.also_bought:
            if row.seed_id in weights and row.buyers >= MIN_BUYERS and row.score > 0:
                known = best.get(row.product_id)
                if known is None or _strength(row, weights) > _strength(known, weights):
                    best[row.product_id] = row
        return best_first([self._candidate(row) for row in best.values()], limit=limit)

    def _candidate(self, row: AlsoBought) -> Candidate:
        figures = {"product_id": row.seed_id, "buyers": row.buyers}
        return Candidate(row.product_id, self.name, row.score, Reason("also_bought", figures))


def _strength(row: AlsoBought, weights: Mapping[UUID, float]) -> tuple[float, float, int, UUID]:
    """The seed that is told is the one most buyers share, among those that weigh much."""
    return (weights[row.seed_id] * row.buyers, row.score, row.buyers, row.seed_id)
