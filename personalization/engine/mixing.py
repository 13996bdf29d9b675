"""Mixes what a person bought before with what is new to them, in the share that a placement wants."""

from collections.abc import Collection, Sequence
from uuid import UUID


def mixed(ranked: Sequence[UUID], *, owned: Collection[UUID], share: float) -> list[UUID]:
    """Each place goes to the kind that is furthest behind its share, so that every beginning of the list is
    mixed, not only the whole. Within a kind the order stays; where one kind ends, the other goes on."""
    place = {product_id: rank for rank, product_id in enumerate(ranked)}
    repeats = [product_id for product_id in ranked if product_id in owned]
    new = [product_id for product_id in ranked if product_id not in owned]
    taken: list[UUID] = []
    r = n = 0
    while r < len(repeats) and n < len(new):
        behind = (share * (r + n + 1) - r) - ((1 - share) * (r + n + 1) - n)
        is_tie = abs(behind) < 1e-9
        if (behind > 0 and not is_tie) or (is_tie and place[repeats[r]] < place[new[n]]):
            taken.append(repeats[r])
            r += 1
        else:
            taken.append(new[n])
            n += 1
    return [*taken, *repeats[r:], *new[n:]]
