"""What is bought together with the person's products: item–item neighbours learned from baskets."""

from collections import defaultdict
from uuid import UUID

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import Evidence, NeighborLink, Seed


class CoPurchase:
    name = "copurchase"
    is_personal = True

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        """The score sums over all seeds; the reason names the one that gave most."""
        seeds = {seed.product_id: seed for seed in evidence.seeds}
        scores: dict[UUID, float] = defaultdict(float)
        strongest: dict[UUID, tuple[float, UUID, NeighborLink]] = {}
        for link in evidence.links:
            if link.seed_id in seeds:
                share = seeds[link.seed_id].weight * link.score
                scores[link.product_id] += share
                known = strongest.get(link.product_id)
                if known is None or (share, link.seed_id) > known[:2]:
                    strongest[link.product_id] = (share, link.seed_id, link)
        # Hundreds of links, a few dozen wanted: candidates are built for those only.
        best = sorted(scores, key=lambda product_id: (-scores[product_id], product_id))[:limit]
        found = [self._candidate(strongest[own][2], scores[own], seeds) for own in best]
        return best_first(found, limit=limit)

    def _candidate(self, link: NeighborLink, score: float, seeds: dict[UUID, Seed]) -> Candidate:
        figures = {
            "product_id": link.seed_id,
            "relation": seeds[link.seed_id].relation,
            "baskets": link.baskets,
        }
        return Candidate(link.product_id, self.name, score, Reason("bought_together", figures))
