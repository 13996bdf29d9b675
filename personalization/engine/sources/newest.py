"""The last resort: what the shop added last. Keeps an answer from being empty before anything was sold."""

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import Evidence


class Newest:
    name = "newest"
    is_personal = False

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        by_age = sorted(evidence.newest, key=lambda new: (new.added_at, new.product_id), reverse=True)
        found = [
            Candidate(
                new.product_id, self.name, 1.0 / (rank + 1), Reason("newly_added", {"added_at": new.added_at})
            )
            for rank, new in enumerate(by_age)
        ]
        return best_first(found, limit=limit)
