"""Which column of an orders file means what, and the rules that leave a row out.

The rules are asked in this order; a row is counted under the first that holds:

1. `unreadable value`: time, quantity or price cannot be read, or order or product is empty.
2. `cancellation`: the order number begins with the mapping's cancellation prefix.
3. `not a product`: postage, fees, manual corrections, vouchers: codes that match the mapping's pattern.
4. `quantity not positive`: returns and stock corrections.
5. `price not positive`: gifts and write-offs.
6. `duplicate line`: the same order, product, quantity and price as a row before.

Rows without a customer stay: they name nobody, yet they teach what is bought together and what is popular.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REQUIRED = ("product", "time", "order")
OPTIONAL = ("customer", "title", "quantity", "price", "country", "currency")
FIELDS = REQUIRED + OPTIONAL


class InvalidMapping(ValueError):
    """The mapping does not fit; the text says what to write instead."""


@dataclass(frozen=True)
class OrdersMapping:
    columns: Mapping[str, str]
    """Our field to the file's column."""
    time_zone: str = "UTC"
    """Zone of times that state none."""
    currency: str = ""
    """Currency of the whole file; empty: the column's, else the workspace's."""
    cancellation_prefix: str = ""
    not_a_product: str = ""
    """Regular expression over the whole product code, case ignored."""
    uppercase_products: bool = False
    """The file writes one code in both cases (85123a, 85123A)."""


MAPPINGS: dict[str, OrdersMapping] = {
    # UCI Online Retail. Codes that are no products: POST, DOT and C2 (postage, carriage), M, D and S (manual,
    # discount, samples), B (bad debt), BANK CHARGES, AMAZONFEE, CRUK (a charity's commission), gift_…
    # (vouchers). DCGS… and PADS are products. Times are the shop's own, in London; amounts are pounds.
    "online-retail": OrdersMapping(
        columns={
            "order": "InvoiceNo",
            "product": "StockCode",
            "title": "Description",
            "quantity": "Quantity",
            "time": "InvoiceDate",
            "price": "UnitPrice",
            "customer": "CustomerID",
            "country": "Country",
        },
        time_zone="Europe/London",
        currency="GBP",
        cancellation_prefix="C",
        not_a_product=r"POST|DOT|C2|M|D|S|B|BANK CHARGES|AMAZONFEE|CRUK|GIFT_.*",
        uppercase_products=True,
    ),
}


def mapping_from(text: str) -> OrdersMapping:
    """A shipped name, or `customer=…,product=…,time=…,order=…`."""
    if "=" not in text:
        if text not in MAPPINGS:
            raise InvalidMapping(
                f"Unknown mapping {text!r}. Known: {', '.join(MAPPINGS)}. "
                "Or write it inline: order=…,product=…,time=…,customer=…,title=…,quantity=…,price=…,country=…"
            )
        return MAPPINGS[text]
    columns = dict(_pair(part) for part in text.split(","))
    missing = [field for field in REQUIRED if field not in columns]
    if missing:
        raise InvalidMapping(f"The mapping does not say which column is: {', '.join(missing)}.")
    return OrdersMapping(columns=columns)


def _pair(part: str) -> tuple[str, str]:
    field, _, column = part.partition("=")
    field, column = field.strip(), column.strip()
    if field not in FIELDS or not column:
        raise InvalidMapping(f"Cannot read {part!r}: write field=column. Fields: {', '.join(FIELDS)}.")
    return field, column


def require_columns(mapping: OrdersMapping, *, found: Sequence[str]) -> None:
    missing = [f"{column} (for {field})" for field, column in mapping.columns.items() if column not in found]
    if missing:
        raise InvalidMapping(
            f"The file has no column {', no column '.join(missing)}. Its columns: {', '.join(found)}."
        )
