"""What the person looked at lately and has not bought."""

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import Evidence, View

HALF_LIFE_DAYS = 3.0


class RecentlyViewed:
    name = "viewed"
    is_personal = True

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        latest: dict[object, View] = {}
        for view in sorted(evidence.views, key=lambda view: view.viewed_at):
            latest[view.product_id] = view
        return best_first([self._candidate(view, evidence) for view in latest.values()], limit=limit)

    def _candidate(self, view: View, evidence: Evidence) -> Candidate:
        days = max((evidence.now - view.viewed_at).total_seconds(), 0) / 86_400
        reason = Reason("viewed_recently", {"viewed_at": view.viewed_at})
        return Candidate(view.product_id, self.name, 0.5 ** (days / HALF_LIFE_DAYS), reason)
