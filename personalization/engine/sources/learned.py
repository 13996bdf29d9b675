"""The list that the learned ranking made for the customer in the night."""

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import Evidence, Listed
from personalization.engine.sources.collaborative import MIN_BUYERS

LENGTH = 50


class Learned:
    name = "learned"
    is_personal = True

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        """To be listed scores a half, the place in the list the rest: the list was ranked out of what all
        sources propose. A product of which nothing true can be said is left out.
        """
        found = [self.candidate(row, evidence=evidence) for row in evidence.listed]
        return best_first([candidate for candidate in found if candidate], limit=limit)

    def candidate(self, row: Listed, *, evidence: Evidence) -> Candidate | None:
        reason = self.reason(row, evidence)
        return Candidate(row.product_id, self.name, self.score(row), reason) if reason else None

    def score(self, row: Listed) -> float:
        return 1.0 - 0.5 * (row.place - 1) / LENGTH

    def has_reason(self, row: Listed, evidence: Evidence) -> bool:
        """Whether `reason` has one, for a row that may yet not be shown."""
        return row.buyers >= MIN_BUYERS or row.product_id in evidence.bought

    def reason(self, row: Listed, evidence: Evidence) -> Reason | None:
        own = evidence.bought.get(row.product_id)
        if own is not None:
            return Reason("your_purchase", {"times": own.times, "last_bought": own.last})
        if row.buyers < MIN_BUYERS:
            return None
        if row.seed_id is not None:
            return Reason("also_bought", {"product_id": row.seed_id, "buyers": row.buyers})
        return Reason(
            "popular_in_market",
            {"buyers": row.buyers, "market": "", "days": 30, "until": row.until},
        )
