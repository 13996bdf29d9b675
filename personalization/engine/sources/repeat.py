"""Personal repeat purchase: what this person buys again, when it is due. Not for discovery."""

from personalization.engine.candidates import Candidate, Reason, best_first
from personalization.engine.evidence import DuePurchase, Evidence

LATE_AFTER_INTERVALS = 3.0
"""Overdue by more than this, the habit has probably ended."""


class Repeat:
    name = "repeat"
    is_personal = True

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]:
        found = [self._candidate(purchase) for purchase in evidence.due]
        return best_first([candidate for candidate in found if candidate.score > 0], limit=limit)

    def _candidate(self, purchase: DuePurchase) -> Candidate:
        figures = {
            "times": purchase.times,
            "last_bought": purchase.last_bought,
            "interval_days": round(purchase.interval_days),
        }
        return Candidate(purchase.product_id, self.name, _score(purchase), Reason("bought_before", figures))


def _score(purchase: DuePurchase) -> float:
    """The chance that was foretold; else more purchases weigh more, and a habit left behind fades."""
    if purchase.chance is not None:
        return purchase.chance
    habit = purchase.times / (purchase.times + 2)
    intervals_late = purchase.days_since / max(purchase.interval_days, 1.0)
    fading = 1.0 if intervals_late <= LATE_AFTER_INTERVALS else LATE_AFTER_INTERVALS / intervals_late
    return habit * fading
