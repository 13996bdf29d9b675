"""Single values of a feed: prices, stock words, measures, addresses, text. Each says what it cannot read."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

MAX_PRICE = Decimal("9999999999.99")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]")
_CURRENCY_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "￥": "JPY",
    "円": "JPY",
    "US$": "USD",
    "₹": "INR",
    "₩": "KRW",
}
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_MONEY = re.compile(r"(?P<before>[^\d.,+-]*)(?P<amount>[+-]?\d[\d.,' ]*|[.,]\d+)(?P<after>[^\d]*)")
_MEASURE = re.compile(r"(?P<number>[+-]?\d+(?:[.,]\d+)?)\s*(?P<unit>[^\d\s]{1,12})?")

IN_STOCK = frozenset({"in_stock", "instock", "available", "available_for_order", "limited_availability"})
OUT_OF_STOCK = frozenset({"out_of_stock", "outofstock", "sold_out", "soldout", "discontinued", "unavailable"})
TO_ORDER = frozenset({"preorder", "pre_order", "backorder", "back_order"})


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str


def clean_text(value: str) -> str:
    """The same text without what PostgreSQL or a page cannot hold; line breaks stay, markup stays text."""
    text = unicodedata.normalize("NFC", _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")))
    return text.strip()


def clean_line(value: str) -> str:
    """`clean_text` on one line."""
    return " ".join(clean_text(value).split())


def parse_price(value: str, *, currency: str) -> Money:
    """`15.00 USD`, `USD 15`, `€ 1.299,00`, `1,299.00`; `currency` where the text names none."""
    text = " ".join(value.replace("\u00a0", " ").replace("\u202f", " ").split())
    match = _MONEY.fullmatch(text)
    if match is None:
        raise ValueError(f"{value!r} is not a price. Write a number and a currency, such as 15.00 USD.")
    named = _currency_of(match["before"], match["after"], value=value)
    code = named or currency
    return Money(_amount(match["amount"], currency=code, value=value), code)


def _currency_of(before: str, after: str, *, value: str) -> str:
    words = [word.strip() for word in (before, after) if word.strip()]
    if not words or words == ["$"]:  # a bare dollar sign says "the shop's dollar", not which one
        return ""
    code = _CURRENCY_SIGNS.get(words[0], words[0].upper())
    if len(words) > 1 or not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(
            f"{value!r} names no known currency. Write its three-letter code, such as 15.00 USD."
        )
    return code


def _amount(text: str, *, currency: str, value: str) -> Decimal:
    digits = text.replace(" ", "").replace("'", "")
    whole, mark, decimals = _split_decimals(digits)
    if mark == "." and len(decimals) == 3 and whole.lstrip("+-") != "0" and currency not in _THREE_DECIMALS:
        raise ValueError(
            f"{value!r} can mean two prices. Write it with two decimals: "
            f"{whole}{decimals}.00 or {whole}.{decimals[:2]}."
        )
    try:
        amount = Decimal(f"{whole or '0'}.{decimals or '0'}")
    except InvalidOperation:
        raise ValueError(
            f"{value!r} is not a price. Write a number and a currency, such as 15.00 USD."
        ) from None
    return check_price(amount, currency=currency)


def _split_decimals(digits: str) -> tuple[str, str, str]:
    """The whole part, the decimal mark, the decimals. The last of two different marks is the decimal one."""
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot < 0 and comma < 0:
        return digits, "", ""
    mark, other = (".", ",") if dot > comma else (",", ".")
    head, _, tail = digits.rpartition(mark)
    is_grouping = mark in head or (mark == "," and dot < 0 and len(tail) == 3 and head not in {"", "0"})
    if is_grouping:  # 1,299 or 1.299.000: no shop prices in thousandths with a comma
        return _ungroup(digits, mark=mark), "", ""
    return _ungroup(head, mark=other), mark, tail


def _ungroup(digits: str, *, mark: str) -> str:
    groups = digits.split(mark)
    if len(groups) > 1 and any(len(group) != 3 for group in groups[1:]):
        return digits  # 12.34.56 is no number, and Decimal will say so
    return "".join(groups)


def check_price(amount: Decimal, *, currency: str) -> Decimal:
    """The price with two decimals, or why it cannot be one."""
    if not amount.is_finite() or amount < 0:
        raise ValueError("A price is zero or more.")
    if amount > MAX_PRICE:
        raise ValueError(f"A price is {MAX_PRICE} at most.")
    exact = amount.quantize(Decimal("0.01"))
    if exact != amount:
        raise ValueError(f"{amount} {currency} has more than two decimals. Round it to two, such as {exact}.")
    return exact


def parse_availability(value: str) -> tuple[bool, str]:
    """Whether it can be ordered, and Google's word for it: `in stock`, `in_stock`, `https://schema.org/InStock`."""
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value.strip().rpartition("/")[2])
    word = re.sub(r"[\s_-]+", "_", word).lower()
    if word in IN_STOCK:
        return True, "in_stock"
    if word in OUT_OF_STOCK:
        return False, "out_of_stock"
    if word in TO_ORDER:
        return True, "preorder" if word.startswith("pre") else "backorder"
    raise ValueError(f"{value!r} is no availability. Write in_stock, out_of_stock, preorder or backorder.")


def parse_stock(value: str) -> int:
    """A whole number; shops that oversell send negative ones, which mean none."""
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number of pieces. Write a whole number, or nothing.") from None
    if not number.is_finite() or number != int(number) or abs(number) > 2_000_000_000:
        raise ValueError(f"{value!r} is not a number of pieces. Write a whole number, or nothing.")
    return max(0, int(number))


def parse_measure(value: str) -> tuple[str, str] | None:
    """`3.5 kg` as ("3.5", "kg"); None where it is not one number with a unit."""
    match = _MEASURE.fullmatch(value.strip())
    if match is None or not match["unit"]:
        return None
    return match["number"].replace(",", "."), match["unit"].strip()


def check_url(value: str) -> str:
    """A web address that a page may link to: http or https with a host (no `javascript:`)."""
    message = f"{value[:120]!r} is not a web address. It starts with https:// and names a host."
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise ValueError(message) from None
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s<>\"\\]", value):
        raise ValueError(message)
    return value


def is_sale_running(period: str, *, now: datetime) -> bool:
    """Google's `start/end` in ISO 8601; no period means always."""
    if not period.strip():
        return True
    start, _, end = period.partition("/")
    try:
        begins, ends = (datetime.fromisoformat(moment.strip()) for moment in (start, end))
    except ValueError:
        raise ValueError(
            f"{period!r} is no period. Write two times with a slash: 2026-03-01T00:00Z/2026-03-08T00:00Z."
        ) from None
    begins, ends = (
        moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo) for moment in (begins, ends)
    )
    return begins <= now <= ends
