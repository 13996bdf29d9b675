"""Google Merchant's product data: one mapping for its text and its XML form."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from omotenashi.catalog.engine.rows import (
    RAW_LENGTH,
    FactInput,
    ParsedRow,
    ProductInput,
    ReadDefaults,
    RowProblem,
)
from omotenashi.catalog.engine.values import (
    Money,
    clean_line,
    is_sale_running,
    parse_availability,
    parse_measure,
    parse_price,
    parse_stock,
)

REQUIRED = ("id", "title", "price")
Values = Mapping[str, Sequence[str]]
T = TypeVar("T")
_COUNT = re.compile(r"[1-9]\d{0,5}")

TEXT_FACTS = (
    "material", "color", "pattern", "size", "size_type", "size_system", "gender", "age_group", "gtin", "mpn",
    "energy_efficiency_class", "unit_pricing_measure",
)  # fmt: skip
MEASURE_FACTS = ("product_length", "product_width", "product_height", "product_weight")
NUMBER_FACTS = ("multipack",)
KEPT = (
    "mobile_link", "additional_image_link", "google_product_category", "identifier_exists", "condition",
    "adult", "is_bundle", "custom_label_0", "custom_label_1", "custom_label_2", "custom_label_3",
    "custom_label_4", "unit_pricing_base_measure", "availability_date", "expiration_date", "shipping_weight",
)  # fmt: skip


class GoogleItem:
    """One item's values by attribute name; collects problems while it is turned into a product."""

    def __init__(self, values: Values, *, defaults: ReadDefaults) -> None:
        self._values, self._defaults = values, defaults
        self.problems: list[RowProblem] = []

    def one(self, name: str) -> str:
        return next((value.strip() for value in self._values.get(name, ()) if value.strip()), "")

    def all(self, name: str) -> list[str]:
        return [value.strip() for value in self._values.get(name, ()) if value.strip()]

    def product(self) -> ProductInput | None:
        """The product, or None where a problem is an error."""
        for name in REQUIRED:
            if not self.one(name) and not (name == "title" and self.one("structured_title")):
                self.problems.append(RowProblem(name, "required", f"Every item needs a {name}."))
        price, regular = self._prices()
        available, word = self._availability()
        stock = self._stock()
        if any(not problem.is_warning for problem in self.problems) or price is None:
            return None
        return ProductInput(
            external_id=self.one("id"),
            title=self.one("title") or _structured(self.one("structured_title")),
            description=self.one("description") or _structured(self.one("structured_description")),
            sku=self.one("mpn"),
            price=price.amount,
            currency=price.currency,
            url=self.one("link"),
            image_url=self.one("image_link"),
            brand=self.one("brand"),
            stock=stock,
            available=available,
            categories=self._categories(),
            group_id=self.one("item_group_id"),
            facts=tuple(self._facts()),
            attributes=self._attributes(word=word, regular=regular),
        )

    def _prices(self) -> tuple[Money | None, Money | None]:
        """What the customer pays now, and the regular price where that is another."""
        regular = self._try("price", self._price)
        sale = self._try("sale_price", self._price)
        period = self.one("sale_price_effective_date")
        now = self._defaults.now
        if regular is None or sale is None or sale.currency != regular.currency:
            return regular, None
        running = self._try(
            "sale_price_effective_date", lambda _: is_sale_running(period, now=now), text=period or " "
        )
        return (sale, regular) if running and sale.amount < regular.amount else (regular, None)

    def _price(self, text: str) -> Money:
        return parse_price(text, currency=self._defaults.currency)

    def _availability(self) -> tuple[bool, str]:
        return self._try("availability", parse_availability) or (True, "")

    def _stock(self) -> int | None:
        names = ("quantity", "sell_on_google_quantity", "inventory", "stock")
        return next((self._try(name, parse_stock) for name in names if self.one(name)), None)

    def _try(self, name: str, read: Callable[[str], T], *, text: str = "") -> T | None:
        value = text or self.one(name)
        if not value:
            return None
        try:
            return read(value)
        except ValueError as error:
            self.problems.append(RowProblem(name, f"bad_{name}", str(error)))
            return None

    def _categories(self) -> tuple[str, ...]:
        """The shop's own types first; Google's number says nothing to a reader."""
        google = [value for value in self.all("google_product_category") if not value.isdigit()]
        paths = self.all("product_type") or google
        return tuple(part.strip() for path in paths for part in path.split(">") if part.strip())

    def _facts(self) -> list[FactInput]:
        facts = [FactInput(name, ", ".join(self.all(name))) for name in TEXT_FACTS if self.one(name)]
        facts += [
            FactInput(name, self.one(name), kind="number")
            for name in NUMBER_FACTS
            if self.one(name).isdigit()
        ]
        for name in MEASURE_FACTS:
            if self.one(name):
                facts.append(_told(name.removeprefix("product_"), self.one(name)))
        return [*facts, *self._details(), *self._highlights()]

    def _details(self) -> list[FactInput]:
        """`section:attribute:value`; shops leave the section out, and Google lists several with commas."""
        facts = []
        for detail in self.all("product_detail"):
            parts = [clean_line(part) for part in detail.split(":", 2)]
            if len(parts) == 3 and parts[1] and parts[2]:
                facts.append(_told(parts[1], parts[2]))
        return facts

    def _highlights(self) -> list[FactInput]:
        return [
            FactInput(f"highlight {i}", text) for i, text in enumerate(self.all("product_highlight"), start=1)
        ]

    def _attributes(self, *, word: str, regular: Money | None) -> dict[str, object]:
        kept: dict[str, object] = {
            name: values if len(values) > 1 else values[0] for name in KEPT if (values := self.all(name))
        }
        if word in {"preorder", "backorder"}:
            kept["availability"] = word
        if regular is not None:
            kept["regular_price"] = str(regular.amount)
        return kept


def _told(name: str, value: str) -> FactInput:
    """`800 ml` is a number with its unit, so that copy can be held to it; 007 is a name."""
    measure = (value, "") if _COUNT.fullmatch(value) else parse_measure(value)
    return FactInput(name, *measure, kind="number") if measure else FactInput(name, value)


def to_row(number: int, values: Values, *, defaults: ReadDefaults, raw: str) -> ParsedRow:
    item = GoogleItem(values, defaults=defaults)
    product = item.product()
    return ParsedRow(
        number, product, tuple(item.problems), clean_line(item.one("id"))[:128], raw[:RAW_LENGTH]
    )


def _structured(text: str) -> str:
    """`trained_algorithmic_media:"The text"` as Google's text form writes it; XML hands over the content."""
    source, colon, content = text.partition(":")
    if colon and source.strip() in {"trained_algorithmic_media", "default"}:
        return content.strip().strip('"')
    return text


__all__ = ["REQUIRED", "GoogleItem", "to_row"]
