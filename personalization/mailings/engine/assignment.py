"""Who gets which variant, and who is held out: by hash, so that it never changes and anyone can check it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = 1 << 64
HOLD_OUT = "hold-out"
"""The variant of those who get nothing."""
MAIN = "main"
"""The variant of everyone else where a campaign has a hold-out and no variants."""


@dataclass(frozen=True)
class Variant:
    """One arm of a test; weights are relative to each other."""

    name: str
    weight: int = 1


def share_of(subject: str, *, salt: str) -> float:
    """From 0 up to 1, evenly spread, and the same for ever.

    The salt names what is drawn for: tests of two campaigns, and a hold-out, are independent of each other.
    """
    # The zero byte keeps ("ab", "c") and ("a", "bc") apart.
    digest = hashlib.sha256(f"{salt}\0{subject}".encode()).digest()
    return int.from_bytes(digest[:8]) / _STEPS


def is_held_out(subject: str, *, salt: str, percent: float) -> bool:
    """A larger percentage keeps everyone who was held out by a smaller one."""
    return 100 * share_of(subject, salt=f"hold-out\0{salt}") < percent


def first_kept(percent: float) -> bytes:
    """Places below this one are held out: for a database that draws by the same hash."""
    low, high = 0, _STEPS - 1
    while low < high:
        middle = (low + high) // 2
        if 100 * (middle / _STEPS) < percent:
            low = middle + 1
        else:
            high = middle
    return low.to_bytes(8)


def hold_out_prefix(salt: str) -> bytes:
    """What stands before the subject in the bytes that are hashed to a place."""
    return f"hold-out\0{salt}\0".encode()


def variant_of(subject: str, *, salt: str, variants: Sequence[Variant]) -> str:
    total = sum(variant.weight for variant in variants)
    if total <= 0 or min(variant.weight for variant in variants) < 0:
        raise ValueError("Give each variant a weight of 0 or more, and one of them more than 0.")
    place = share_of(subject, salt=f"variant\0{salt}") * total
    for variant in variants:
        place -= variant.weight
        if place < 0:
            return variant.name
    return next(variant.name for variant in reversed(variants) if variant.weight)  # rounding at the very end


def arm_of(subject: str, *, salt: str, variants: Sequence[Variant], hold_out_percent: float) -> str:
    """What the message row says; empty where nothing is compared."""
    if is_held_out(subject, salt=salt, percent=hold_out_percent):
        return HOLD_OUT
    if variants:
        return variant_of(subject, salt=salt, variants=variants)
    return MAIN if hold_out_percent else ""
