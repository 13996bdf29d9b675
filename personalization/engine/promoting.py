"""Puts promoted products at the places the shop wants, within a quota and not too close to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

Item = TypeVar("Item")


@dataclass(frozen=True)
class Wish:
    """`rule`: the name of the placement's rule; empty where the request itself asked."""

    product_id: UUID
    position: int
    rule: str = ""


def granted(wishes: Sequence[Wish], *, count: int, quota: int | None) -> list[Wish]:
    """The wishes that have a place at all: one a product, by position, at most `quota`."""
    kept: dict[UUID, Wish] = {}
    for wish in sorted(wishes, key=lambda wish: wish.position):
        if wish.position <= count:
            kept.setdefault(wish.product_id, wish)
    return list(kept.values())[:quota]


def place(
    others: Sequence[Item], promoted: Sequence[tuple[int, Item]], *, count: int, spacing: int
) -> list[Item]:
    """`promoted` by position. One that comes too close to the one before moves down; what finds no place is
    left out. In a list that ends early they follow its end, still `spacing` apart."""
    rest, waiting = list(others), list(promoted)
    items: list[Item] = []
    latest = -count - spacing
    while len(items) < count and (rest or waiting):
        here = len(items) + 1
        is_far = here - latest > spacing
        if waiting and is_far and (waiting[0][0] <= here or not rest):
            items.append(waiting.pop(0)[1])
            latest = here
        elif rest:
            items.append(rest.pop(0))
        else:
            break
    return items
