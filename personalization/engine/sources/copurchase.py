"""What is bought together with the person's products: item–item neighbours learned from baskets."""

from collections import defaultdict
from uuid import UUID

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import Evidence, NeighborLink, Seed


class CoPurchase:
    name = "copurchase"
    is_personal = True

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        seeds = {seed.product_id: seed for seed in evidence.seeds}
        links: dict[UUID, list[NeighborLink]] = defaultdict(list)
        for link in evidence.links:
            if link.seed_id in seeds:
                links[link.product_id].append(link)
        return best_first([self._candidate(found, seeds) for found in links.values()], limit=limit)

    def _candidate(self, links: list[NeighborLink], seeds: dict[UUID, Seed]) -> Candidate:
        """The score sums over all seeds; the reason names the one that gave most."""
        weighed = [(seeds[link.seed_id].weight * link.score, link) for link in links]
        _, strongest = max(weighed, key=lambda pair: (pair[0], pair[1].seed_id))
        figures = {
            "product_id": strongest.seed_id,
            "relation": seeds[strongest.seed_id].relation,
            "baskets": strongest.baskets,
        }
        score = sum(part for part, _ in weighed)
        return Candidate(strongest.product_id, self.name, score, Reason("bought_together", figures))
