"""A campaign's whole audience as one table, with each person's products, for a mailer that is not ours."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import polars

from personalization.mailings.blocks import click_url, copy_texts
from personalization.mailings.engine.assignment import is_held_out
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.render import ProductSlot
from personalization.mailings.engine.spreadsheet import harmless
from personalization.mailings.letters import NO_COPY, Copy, copies_of
from personalization.mailings.models import Campaign, Message
from personalization.mailings.rows import arms_salt, new_message
from personalization.mailings.selectors import audience_of, suppressed_among
from personalization.mailings.slots import Slots, slots_for

FORMATS = ("csv", "parquet")
_CHUNK = 500
_PERSON = ("customer_id", "email", "locale", "first_name", "last_name", "country", "recommendation_id")
_SLOT = ("id", "title", "price", "currency", "url", "image_url", "reason")


def export_campaign(campaign: Campaign, *, path: Path, format: str) -> int:
    """Rows written. Memory does not grow with the audience: Parquet is made from a file, piece by piece."""
    if format == "csv":
        return _write(path, campaign=campaign, is_for_people=True)
    raw = path.with_name(path.name + ".rows")
    try:
        count = _write(raw, campaign=campaign, is_for_people=False)
        # All texts: an id such as 007 stays what it is, and every campaign has the same types.
        polars.scan_csv(raw, infer_schema=False, empty_string_is_null=False, glob=False).sink_parquet(path)
    finally:
        raw.unlink(missing_ok=True)
    return count


def _write(path: Path, *, campaign: Campaign, is_for_people: bool) -> int:
    copies = copies_of(campaign)
    names = _columns(campaign, copies=copies)
    count = 0
    # With a byte order mark Excel reads UTF-8; machines would take it for a part of the first name.
    with path.open("w", encoding="utf-8-sig" if is_for_people else "utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(names)
        for row in _rows(campaign, copies=copies):
            cells = [row.get(name, "") for name in names]
            table.writerow([harmless(cell) for cell in cells] if is_for_people else cells)
            count += 1
    return count


def _columns(campaign: Campaign, *, copies: Mapping[str, Copy]) -> list[str]:
    slots = [f"product_{n}_{name}" for n in range(1, campaign.product_count + 1) for name in _SLOT]
    texts = sorted({f"copy_{name}" for copy in copies.values() for name in copy_texts(copy)})
    return [*_PERSON, *slots, *texts]


def _rows(campaign: Campaign, *, copies: Mapping[str, Copy]) -> Iterator[dict[str, str]]:
    """One for each address that may be written to: two customers with one address get one mail."""
    seen: set[str] = set()
    people = iter(audience_of(campaign).order_by("pk").iterator(chunk_size=_CHUNK))
    while some := list(islice(people, _CHUNK)):
        made = (new_message(campaign, customer=customer) for customer in some)
        messages = _deliverable([one for one in made if one], campaign=campaign, seen=seen)
        slots = slots_for(campaign, messages=messages)
        for message in messages:
            copy = nearest(copies, locale=message.locale) or NO_COPY
            yield _row(message, slots=slots.get(message.pk, Slots()), copy=copy)


def _deliverable(messages: Sequence[Message], *, campaign: Campaign, seen: set[str]) -> list[Message]:
    suppressed = suppressed_among(campaign.workspace, addresses=[one.address_normalized for one in messages])
    found = []
    for message in messages:
        address = message.address_normalized
        # A reason from the start: not an address that mail can be sent to.
        if not message.reason and address not in suppressed and address not in seen:
            seen.add(address)
            if not _is_held_out(message, campaign=campaign):
                found.append(message)
    return found


def _is_held_out(message: Message, *, campaign: Campaign) -> bool:
    customer_id = message.customer_id
    assert customer_id is not None  # made from one
    return is_held_out(customer_id.hex, salt=arms_salt(campaign), percent=campaign.hold_out_percent)


def _row(message: Message, *, slots: Slots, copy: Copy) -> dict[str, str]:
    customer = message.customer
    assert customer is not None  # made from one
    person = {
        "customer_id": customer.external_id, "email": message.address_normalized, "locale": message.locale,
        "first_name": customer.first_name, "last_name": customer.last_name, "country": customer.country,
        "recommendation_id": str(slots.recommendation_id or ""),
    }  # fmt: skip
    texts = {f"copy_{name}": text for name, text in copy_texts(copy).items()} if copy.texts else {}
    return person | dict(_cells(slots.products, recommendation_id=person["recommendation_id"])) | texts


def _cells(products: Iterable[ProductSlot], *, recommendation_id: str) -> Iterator[tuple[str, str]]:
    for number, product in enumerate(products, start=1):
        values = {
            "id": product.product_id, "title": product.title, "currency": product.currency,
            "price": "" if product.price is None else str(product.price),
            "url": click_url(product.url, recommendation_id=recommendation_id),
            "image_url": product.image_url, "reason": product.reason,
        }  # fmt: skip
        for name, value in values.items():
            yield f"product_{number}_{name}", value
