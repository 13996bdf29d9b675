"""One product as JSON: the shape of `PUT /v1/products` and of JSON lines."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from omotenashi.catalog.engine.rows import FactInput, ProductInput, RowProblem
from omotenashi.catalog.engine.values import Money, check_price, parse_availability, parse_price, parse_stock

T = TypeVar("T")
TEXTS = ("sku", "description", "url", "image_url", "brand", "group_id")
ALIASES = {
    "external_id": ("external_id", "id"),
    "url": ("url", "link"),
    "image_url": ("image_url", "image_link"),
}
KNOWN = frozenset(
    {"external_id", "id", "link", "image_link", "title", "price", "currency", "stock", "available",
     "availability", "categories", "attributes", "titles", "facts", *TEXTS}
)  # fmt: skip


def product_from_json(value: object, *, currency: str) -> tuple[ProductInput | None, list[RowProblem]]:
    """The product, or None with the errors. `currency` is for prices that name none."""
    if not isinstance(value, Mapping):
        return None, [RowProblem("", "not_an_object", 'A product is a JSON object: {"id": …, "title": …}.')]
    reader = _Fields(value)
    product = reader.product(currency=currency)
    return (None if any(not problem.is_warning for problem in reader.problems) else product), reader.problems


class _Fields:
    def __init__(self, value: Mapping[object, object]) -> None:
        self._value = value
        self.problems: list[RowProblem] = []

    def product(self, *, currency: str) -> ProductInput | None:
        self._warn_of_unknown()
        own_currency = self._text("currency")
        money = self._try("price", lambda price: _money(price, currency=own_currency or currency))
        available = self._available()
        if money is None and not self.problems_of("price"):
            self.problems.append(RowProblem("price", "required", "Every product needs a price."))
        for name in ("external_id", "title"):
            if not self._text(name) and not self.problems_of(name):
                self.problems.append(RowProblem(name, "required", f"Every product needs its own {name}."))
        if money is not None and own_currency and money.currency != own_currency.upper():
            detail = f"The price says {money.currency}, the currency {own_currency}. Write one of them."
            self.problems.append(RowProblem("currency", "contradiction", detail))
        texts = {name: self._text(name) for name in TEXTS}
        stock = self._try("stock", lambda stock: parse_stock(_scalar(stock)))
        return ProductInput(
            external_id=self._text("external_id"),
            title=self._text("title"),
            price=money.amount if money else Decimal(0),
            currency=money.currency if money else currency,
            stock=stock,
            available=True if available is None else available,
            categories=tuple(self._try("categories", _categories) or ()),
            attributes=self._try("attributes", _attributes) or {},
            titles=self._try("titles", _titles),
            facts=self._try("facts", _facts),
            **texts,
        )

    def problems_of(self, field: str) -> list[RowProblem]:
        return [problem for problem in self.problems if problem.field == field]

    def _get(self, name: str) -> object:
        names = ALIASES.get(name, (name,))
        return next((self._value[alias] for alias in names if self._value.get(alias) is not None), None)

    def _text(self, name: str) -> str:
        return self._try(name, _scalar) or ""

    def _try(self, name: str, read: Callable[[object], T]) -> T | None:
        value = self._get(name)
        if value is None or value == "":
            return None
        try:
            return read(value)
        except ValueError as error:
            if not self.problems_of(name):
                self.problems.append(RowProblem(name, f"bad_{name}", str(error)))
            return None

    def _available(self) -> bool | None:
        if self._get("available") is not None:
            return self._try("available", _boolean)
        availability = self._try("availability", lambda word: parse_availability(_scalar(word)))
        return availability[0] if availability else None

    def _warn_of_unknown(self) -> None:
        for name in self._value:
            if name not in KNOWN:
                detail = (
                    f"There is no field {str(name)[:60]!r}. Put what is your own under attributes or facts."
                )
                self.problems.append(RowProblem(str(name)[:60], "unknown_field", detail, is_warning=True))


def _scalar(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError("This is a single text or number, no list, object, true or false.")
    return str(value)


def _money(value: object, *, currency: str) -> Money:
    text, code = _scalar(value), currency.strip().upper()
    if isinstance(value, str):
        return parse_price(text, currency=code)
    return Money(check_price(Decimal(text), currency=code), code)  # a JSON number has one reading


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("Write true or false.")


def _categories(value: object) -> list[str]:
    if not isinstance(value, (list, tuple)):
        raise ValueError("Categories are a list of names.")
    return [_scalar(name) for name in value]


def _attributes(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError('Attributes are an object: {"name": value}.')
    return {str(name): item for name, item in value.items()}


def _titles(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError('Titles are an object by language tag: {"de": "…", "ja": "…"}.')
    return {str(tag): _scalar(title) for tag, title in value.items()}


def _facts(value: object) -> tuple[FactInput, ...]:
    if isinstance(value, Mapping):
        value = [{"name": name, "value": item} for name, item in value.items()]
    if not isinstance(value, (list, tuple)):
        raise ValueError('Facts are a list of {"name", "value", "unit", "locale", "kind"}.')
    return tuple(_fact(item) for item in value)


def _fact(item: object) -> FactInput:
    if not isinstance(item, Mapping) or item.get("name") is None or item.get("value") is None:
        raise ValueError('A fact has a name and a value: {"name": "material", "value": "stoneware"}.')
    value = item["value"]
    guessed = (
        "boolean"
        if isinstance(value, bool)
        else "number"
        if isinstance(value, (int, float, Decimal))
        else "text"
    )
    kind = str(item.get("kind") or guessed)
    if kind not in {"text", "number", "boolean"}:
        raise ValueError(f"{kind[:40]!r} is no kind of fact. Write text, number or boolean.")
    text = str(value).lower() if isinstance(value, bool) else _scalar(value)
    return FactInput(
        name=_scalar(item["name"]),
        value=text,
        unit=_scalar(item.get("unit") or ""),
        locale=_scalar(item.get("locale") or ""),
        kind=kind,  # type: ignore[arg-type]  # one of the three, as just checked
    )
