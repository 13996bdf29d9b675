"""A campaign's whole audience as one table, with each person's products, for a mailer that is not ours."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars
from django.db.models import prefetch_related_objects

from personalization.mailings.addressing import Reader, address
from personalization.mailings.approvals import refuse_taken_back
from personalization.mailings.arms import Arms, arms_of_campaign
from personalization.mailings.blocks import click_url, copy_texts
from personalization.mailings.copies import NO_COPY, Copy
from personalization.mailings.engine.render import ProductSlot
from personalization.mailings.engine.spreadsheet import harmless
from personalization.mailings.models import Campaign, Message
from personalization.mailings.rows import new_message
from personalization.mailings.selectors import audience_of
from personalization.mailings.slots import Asking, Slots, slots_of_people
from personalization.models import Customer

FORMATS = ("csv", "parquet")
_CHUNK = 500
_PERSON = ("customer_id", "email", "locale", "first_name", "last_name", "country", "recommendation_id")
_SLOT = ("id", "title", "price", "currency", "url", "image_url", "reason")


def export_campaign(campaign: Campaign, *, path: Path, format: str) -> int:
    """Rows written. Memory does not grow with the audience: Parquet is made from a file, piece by piece.

    Raises Conflict where a text of the campaign was taken back.
    """
    refuse_taken_back(campaign)
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
    arms = arms_of_campaign(campaign)
    names = _columns(campaign, arms=arms)
    count = 0
    # With a byte order mark Excel reads UTF-8; machines would take it for a part of the first name.
    with path.open("w", encoding="utf-8-sig" if is_for_people else "utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(names)
        for row in _rows(campaign, arms=arms):
            cells = [row.get(name, "") for name in names]
            table.writerow([harmless(cell) for cell in cells] if is_for_people else cells)
            count += 1
    return count


def _columns(campaign: Campaign, *, arms: Arms) -> list[str]:
    slots = [f"product_{n}_{name}" for n in range(1, campaign.product_count + 1) for name in _SLOT]
    copies = [
        copy for arm in (arms.own, *arms.by_name.values()) for own in arm.copies for copy in own.values()
    ]
    texts = sorted({f"copy_{name}" for copy in copies for name in copy_texts(copy)})
    return [*_PERSON, *(["variant"] if arms.by_name else []), *slots, *texts]


def _rows(campaign: Campaign, *, arms: Arms) -> Iterator[dict[str, str]]:
    """One for each address that may be written to: two customers with one address get one mail."""
    seen: set[str] = set()
    prefetch_related_objects([campaign], "variants")
    people = iter(audience_of(campaign).order_by("pk").iterator(chunk_size=_CHUNK))
    while some := list(islice(people, _CHUNK)):
        messages = _deliverable(some, campaign=campaign, seen=seen)
        asking = [
            Asking(own.pk, own.customer_id, own.locale, arms.of(own.variant).placement) for own in messages
        ]
        slots = slots_of_people(campaign, people=asking)
        for message in messages:
            copy = arms.of(message.variant).copy(message.locale) or NO_COPY
            yield _row(message, slots=slots.get(message.pk, Slots()), copy=copy)


def _deliverable(customers: Sequence[Customer], *, campaign: Campaign, seen: set[str]) -> list[Message]:
    """With the language, the arm and the reasons of a campaign that we send ourselves."""
    readers = [Reader(own.pk, own.email or "", own.locale, own.time_zone) for own in customers]
    found = []
    for own, customer in zip(address(campaign, readers=readers), customers, strict=True):
        if own.reason or own.address in seen:
            continue
        seen.add(own.address)
        message = new_message(campaign, customer=customer, locale=own.locale, variant=own.variant)
        if message is not None:
            found.append(message)
    return found


def _row(message: Message, *, slots: Slots, copy: Copy) -> dict[str, str]:
    customer = message.customer
    assert customer is not None  # made from one
    person = {
        "customer_id": customer.external_id, "email": message.address_normalized, "locale": message.locale,
        "first_name": customer.first_name, "last_name": customer.last_name, "country": customer.country,
        "recommendation_id": str(slots.recommendation_id or ""), "variant": message.variant,
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
