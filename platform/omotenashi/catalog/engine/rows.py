"""What a reader hands on: product rows, and what was wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

FactKind = Literal["text", "number", "boolean"]
RAW_LENGTH = 500


class UnreadableFeed(Exception):
    """Nothing of the file can be read; the message names the remedy."""


@dataclass(frozen=True)
class FactInput:
    name: str
    value: str
    unit: str = ""
    locale: str = ""
    """Empty: true in every language."""
    kind: FactKind = "text"


@dataclass(frozen=True)
class ProductInput:
    """One product as the shop sends it. `titles` and `facts` left at None stay as they are."""

    external_id: str
    title: str
    price: Decimal
    currency: str
    sku: str = ""
    description: str = ""
    url: str = ""
    image_url: str = ""
    brand: str = ""
    stock: int | None = None
    available: bool = True
    categories: tuple[str, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)
    """Whatever JSON can hold; never shown to a model as a fact."""
    group_id: str = ""
    titles: Mapping[str, str] | None = None
    """By language tag."""
    facts: tuple[FactInput, ...] | None = None


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row. An error leaves the row out; a warning only drops or changes one field."""

    field: str
    """The field as the sender names it (`price`, `Variant Price`); empty for the row as a whole."""
    code: str
    detail: str
    is_warning: bool = False


@dataclass(frozen=True)
class ParsedRow:
    """One row of a feed: a product, or the problems that leave it out. Row 0 is the file as a whole."""

    row_number: int
    product: ProductInput | None = None
    problems: tuple[RowProblem, ...] = ()
    external_id: str = ""
    """Where it could be read, even if the row is left out: such a product is not missing from the feed."""
    raw: str = ""


@dataclass(frozen=True)
class ReadDefaults:
    """What a feed leaves unsaid."""

    now: datetime
    """Decides whether a sale price applies."""
    currency: str = "EUR"
    """For prices without one: the workspace's currency."""
