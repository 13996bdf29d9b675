"""Compares shares (clicks, orders) of groups, with intervals that hold however often one looks at them.

The interval covers the truth at *all* times at once with the stated confidence. So one may look daily and
stop when one likes, with no more false winners than promised; the usual interval promises this for one look.

Method: the Gaussian-mixture asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and
Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences" (arXiv:2103.06476). It is the
normal mixture of Robbins (1970), on which the mixture SPRT of Johari and others ("Always Valid Inference",
2022) stands too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt

LEAST_PEOPLE = 100
"""In each group; below that the normal approximation is not to be trusted, and nothing is concluded."""
LEAST_SUCCESSES = 10
"""In both groups together, for the same reason."""


@dataclass(frozen=True)
class Group:
    people: int
    successes: int

    @property
    def share(self) -> float:
        return self.successes / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        """With one success and one failure more: a group of zeros does not look certain."""
        share = (self.successes + 1) / (self.people + 2)
        return share * (1 - share)


@dataclass(frozen=True)
class Difference:
    """Of the first share to the second, with an interval that is valid at all times."""

    estimate: float
    low: float
    high: float
    is_early: bool
    """Too few people to say anything."""

    @property
    def is_conclusive(self) -> bool:
        return not self.is_early and (self.low > 0 or self.high < 0)


def compare(first: Group, second: Group, *, alpha: float = 0.05, planned_people: int = 10_000) -> Difference:
    """The interval is narrowest around `planned_people` (both groups together), and valid everywhere."""
    estimate = first.share - second.share
    if _is_early(first, second):
        return Difference(estimate, -1.0, 1.0, is_early=True)
    people = first.people + second.people
    # The variance of one "observation" of the difference, so that variance / people is that of the estimate.
    variance = people * (first.variance / first.people + second.variance / second.people)
    radius = sqrt(variance) * _radius(people, alpha=alpha, planned=planned_people)
    return Difference(estimate, max(-1.0, estimate - radius), min(1.0, estimate + radius), is_early=False)


def winner(groups: Mapping[str, Group], *, alpha: float = 0.05, planned_people: int = 10_000) -> str | None:
    """The group surely better than each other one; None while that is open.

    The chance of error is divided among the pairs (Bonferroni), for any of them may be wrong.
    """
    pairs = len(groups) * (len(groups) - 1) // 2
    if not pairs:
        return None
    best = max(groups, key=lambda name: groups[name].share)
    rest = [group for name, group in groups.items() if name != best]
    gaps = [compare(groups[best], one, alpha=alpha / pairs, planned_people=planned_people) for one in rest]
    return best if all(not gap.is_early and gap.low > 0 for gap in gaps) else None


def _is_early(first: Group, second: Group) -> bool:
    enough = min(first.people, second.people) >= LEAST_PEOPLE
    return not enough or first.successes + second.successes < LEAST_SUCCESSES


def _radius(people: int, *, alpha: float, planned: int) -> float:
    """For unit variance; rho is the one the paper proposes to be narrowest at `planned`."""
    wanted = -2 * log(alpha)
    rho_squared = (wanted + log(wanted + 1)) / planned
    grown = people * rho_squared + 1
    return sqrt(2 * grown / (people**2 * rho_squared) * log(sqrt(grown) / alpha))
