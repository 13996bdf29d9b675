"""Is this a row the catalogue can hold? Cleans what can be cleaned, names what cannot; nothing raises."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from omotenashi.catalog.engine.locales import normalize_locale
from omotenashi.catalog.engine.rows import FactInput, ProductInput, RowProblem
from omotenashi.catalog.engine.values import check_price, check_url, clean_line, clean_text

# The columns' widths.
LENGTHS = {"external_id": 128, "title": 500, "sku": 128, "brand": 200, "group_id": 128}
MAX_DESCRIPTION = 50_000
MAX_CATEGORIES, MAX_FACTS, MAX_TITLES = 50, 200, 200
MAX_ATTRIBUTES_BYTES = 64_000
_KINDS = frozenset({"text", "number", "boolean"})


def judge(product: ProductInput) -> tuple[ProductInput, list[RowProblem]]:
    """The row as it would be stored, with its problems; a row with an error among them must not be."""
    problems: list[RowProblem] = []
    lines: dict[str, Any] = {
        name: clean_line(getattr(product, name)) for name in LENGTHS
    }  # Any: for replace()
    cleaned = replace(
        product,
        **lines,
        description=clean_text(product.description),
        currency=product.currency.strip().upper(),
        url=_address(product.url, field="url", problems=problems),
        image_url=_address(product.image_url, field="image_url", problems=problems),
        categories=_categories(product.categories, problems=problems),
        titles=_titles(product.titles, problems=problems),
        facts=_facts(product.facts, problems=problems),
        attributes=_attributes(product.attributes, problems=problems),
    )
    problems += _lengths(cleaned)
    cleaned = replace(cleaned, price=_price(cleaned, problems=problems))
    if cleaned.stock is not None and not 0 <= cleaned.stock <= 2_000_000_000:
        problems.append(RowProblem("stock", "not_a_stock", "Stock is a whole number from 0, or nothing."))
    return cleaned, problems


def _lengths(product: ProductInput) -> list[RowProblem]:
    problems = []
    for name in ("external_id", "title"):
        if not getattr(product, name):
            problems.append(RowProblem(name, "required", f"Every product needs its own {name}."))
    for name, length in LENGTHS.items():
        if len(getattr(product, name)) > length:
            problems.append(RowProblem(name, "too_long", f"At most {length} characters fit into {name}."))
    if len(product.description) > MAX_DESCRIPTION:
        detail = f"At most {MAX_DESCRIPTION} characters fit into description."
        problems.append(RowProblem("description", "too_long", detail))
    return problems


def _price(product: ProductInput, *, problems: list[RowProblem]) -> Decimal:
    code = product.currency
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        detail = f"{code[:20]!r} is no currency. Write its three-letter code, such as EUR."
        problems.append(RowProblem("currency", "not_a_currency", detail))
    return _tried(
        lambda: check_price(product.price, currency=code), product.price, field="price", problems=problems
    )


def _tried(
    check: Callable[[], Decimal], otherwise: Decimal, *, field: str, problems: list[RowProblem]
) -> Decimal:
    try:
        return check()
    except (ValueError, ArithmeticError) as error:
        problems.append(RowProblem(field, "not_a_price", str(error) or "This is not a price."))
        return otherwise


def _address(value: str, *, field: str, problems: list[RowProblem]) -> str:
    """A bad address costs the field, not the product: it can still be sold and written about."""
    text = clean_line(value)
    if not text:
        return ""
    try:
        if len(text) > 2048:
            raise ValueError("A web address has 2048 characters at most.")
        return check_url(text)
    except ValueError as error:
        problems.append(
            RowProblem(field, "not_an_address", f"{error} The field was left empty.", is_warning=True)
        )
        return ""


def _categories(categories: tuple[str, ...], *, problems: list[RowProblem]) -> tuple[str, ...]:
    cleaned = tuple(dict.fromkeys(filter(None, map(clean_line, categories))))
    if len(cleaned) > MAX_CATEGORIES or any(len(name) > 300 for name in cleaned):
        detail = f"At most {MAX_CATEGORIES} categories of 300 characters each."
        problems.append(RowProblem("categories", "too_long", detail))
    return cleaned


def _titles(titles: Mapping[str, str] | None, *, problems: list[RowProblem]) -> dict[str, str] | None:
    if titles is None:
        return None
    cleaned: dict[str, str] = {}
    for tag, title in titles.items():
        text = clean_line(title)
        if len(text) > LENGTHS["title"]:
            problems.append(
                RowProblem(f"titles/{tag}", "too_long", "At most 500 characters fit into a title.")
            )
        try:
            if text:
                cleaned[normalize_locale(tag)] = text
        except ValueError as error:
            problems.append(RowProblem(f"titles/{tag}", "not_a_locale", str(error)))
    if len(cleaned) > MAX_TITLES:
        problems.append(RowProblem("titles", "too_many", f"At most {MAX_TITLES} titles for a product."))
    return dict(sorted(cleaned.items()))


def _facts(
    facts: tuple[FactInput, ...] | None, *, problems: list[RowProblem]
) -> tuple[FactInput, ...] | None:
    if facts is None:
        return None
    cleaned: dict[tuple[str, str], FactInput] = {}
    for index, fact in enumerate(facts):
        try:
            tidy = tidy_fact(fact)
        except ValueError as error:
            problems.append(RowProblem(f"facts/{index}", "not_a_fact", str(error)))
            continue
        earlier = cleaned.setdefault((tidy.name, tidy.locale), tidy)
        if earlier != tidy:
            detail = f"{tidy.name} is stated twice, with different values; the first one counts."
            problems.append(RowProblem(f"facts/{index}", "stated_twice", detail, is_warning=True))
    if len(cleaned) > MAX_FACTS:
        problems.append(RowProblem("facts", "too_many", f"At most {MAX_FACTS} facts for a product."))
    return tuple(cleaned.values())


def tidy_fact(fact: FactInput) -> FactInput:
    """The fact as it would be stored; ValueError says what is wrong with it."""
    name, value, unit = clean_line(fact.name), clean_line(fact.value), clean_line(fact.unit)
    if not name or len(name) > 100:
        raise ValueError("A fact has a name of 1 to 100 characters.")
    if not value or len(value) > 1000:
        raise ValueError(f"{name}: a fact has a value of 1 to 1000 characters.")
    if len(unit) > 32:
        raise ValueError(f"{name}: a unit has 32 characters at most.")
    if fact.kind not in _KINDS:
        raise ValueError(f"{name}: the kind of a fact is text, number or boolean.")
    if fact.kind == "number":
        value = _number(value, name=name)
    if fact.kind == "boolean" and value not in {"true", "false"}:
        raise ValueError(f"{name}: write true or false.")
    locale = normalize_locale(fact.locale) if fact.locale.strip() else ""
    return FactInput(name=name, value=value, unit=unit, locale=locale, kind=fact.kind)


def _number(value: str, *, name: str) -> str:
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ValueError(
            f"{name}: {value[:40]!r} is not a number. Write digits and a dot, such as 3.5."
        ) from None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError(f"{name}: {value[:40]!r} is not a number that can be stated.")
    return f"{number:f}"


def _attributes(attributes: Mapping[str, object], *, problems: list[RowProblem]) -> dict[str, object]:
    try:
        text = json.dumps(_clean_json(dict(attributes)), allow_nan=False, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        problems.append(
            RowProblem("attributes", "not_json", "Attributes hold what JSON can hold, and nothing else.")
        )
        return {}
    if len(text) > MAX_ATTRIBUTES_BYTES:
        problems.append(
            RowProblem("attributes", "too_long", f"At most {MAX_ATTRIBUTES_BYTES} bytes of attributes.")
        )
        return {}
    cleaned: dict[str, object] = json.loads(text)
    return cleaned


def _clean_json(value: object) -> object:
    """PostgreSQL's jsonb refuses what its text refuses, wherever it stands."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _clean_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_json(item) for item in value]
    return value
