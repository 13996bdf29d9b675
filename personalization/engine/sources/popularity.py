"""What many people of the market bought lately. The honest answer when nothing is known of a person."""

from uuid import UUID

from personalization.engine.candidates import Candidate, Reason
from personalization.engine.evidence import Evidence, PopularProduct


class Popularity:
    name = "popularity"
    is_personal = False

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        best: dict[UUID, PopularProduct] = {}
        for popular in evidence.popular:
            known = best.get(popular.product_id)
            # The person's own market speaks before all markets together.
            if known is None or (bool(popular.market), popular.score) > (bool(known.market), known.score):
                best[popular.product_id] = popular
        # Nearly two hundred rows, sixty wanted: candidates are built for those only.
        top = sorted(best.values(), key=lambda popular: (-popular.score, popular.product_id))[:limit]
        return [self._candidate(popular) for popular in top]

    def _candidate(self, popular: PopularProduct) -> Candidate:
        figures = {
            "buyers": popular.buyers,
            "days": popular.days,
            "market": popular.market,
            "until": popular.until,
        }
        return Candidate(popular.product_id, self.name, popular.score, Reason("popular_in_market", figures))
