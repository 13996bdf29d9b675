"""What a translation gives back, and the names that all origins share."""

import re
from dataclasses import dataclass

SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Translation:
    """`notes` name what has no counterpart and stays as it is: a person has to look at it."""

    text: str
    notes: tuple[str, ...] = ()


def trait(name: str) -> str:
    """One of the shop's own values of a customer, whatever it is called."""
    return f"customer.{name}" if SIMPLE.fullmatch(name) else f'customer["{name}"]'


def noted(found: list[str]) -> tuple[str, ...]:
    """Each once, in the order of the text."""
    remedies = (f"{one} has no counterpart here. Replace it by hand." for one in dict.fromkeys(found))
    return tuple(remedies)
