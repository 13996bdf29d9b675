"""Keeps one category or one product group from filling an answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID


@dataclass(frozen=True)
class Kind:
    product_id: UUID
    category: str
    group: str


class Sorted(Protocol):
    """What the caps look at: a `Kind`, or a row that says as much."""

    @property
    def product_id(self) -> UUID: ...
    @property
    def category(self) -> str: ...
    @property
    def group(self) -> str: ...


Own = TypeVar("Own", bound=Sorted)


def spread(ranked: Iterable[Kind], *, count: int, per_category: int, per_group: int) -> list[UUID]:
    """The first `count` within the caps; what the caps held back fills up when too few are left.

    No further of `ranked` is looked at than it takes.
    """
    taken, held = _within_caps(ranked, count=count, per_category=per_category, per_group=per_group)
    return [kind.product_id for kind in (taken + held)[:count]]


def fills(ranked: Iterable[Kind], *, count: int, per_category: int, per_group: int) -> bool:
    """Whether there are `count` within the caps: nothing that is ranked behind these would be taken."""
    return len(within_caps(ranked, count=count, per_category=per_category, per_group=per_group)) == count


def within_caps(ranked: Iterable[Own], *, count: int, per_category: int, per_group: int) -> list[Own]:
    """The first `count`, or as many as there are."""
    return _within_caps(ranked, count=count, per_category=per_category, per_group=per_group)[0]


def _within_caps(
    ranked: Iterable[Own], *, count: int, per_category: int, per_group: int
) -> tuple[list[Own], list[Own]]:
    categories: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    taken: list[Own] = []
    held: list[Own] = []
    for kind in ranked if count else ():
        is_crowded = (kind.category and categories[kind.category] >= per_category) or (
            kind.group and groups[kind.group] >= per_group
        )
        (held if is_crowded else taken).append(kind)
        if not is_crowded:
            categories[kind.category] += 1
            groups[kind.group] += 1
            if len(taken) == count:
                break
    return taken, held


def per_category_from(diversity: float, *, count: int) -> int:
    """0 leaves the order as ranked, 1 allows one product per category."""
    return max(1, round(count * (1.0 - diversity)))
