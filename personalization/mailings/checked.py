"""Writes each mail of a chunk for nobody to read, and says what is wrong with it. A few queries per chunk."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import orjson

from omotenashi.catalog.models import Product
from omotenashi.records import uuid7_bytes
from personalization.mailings.arms import Arm, template_of
from personalization.mailings.desk import Desk, Letter, desk_for
from personalization.mailings.engine.audit import Judged
from personalization.mailings.engine.blanks import blank_among, names_printed
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import ProductSlot
from personalization.mailings.letters import person_values
from personalization.mailings.models import Campaign
from personalization.mailings.services.ledger import Recipient


class Person(NamedTuple):
    """One of the audience, as `check_audience` reads them."""

    pk: uuid.UUID
    external_id: str
    address: str
    locale: str
    variant: str
    first_name: str
    last_name: str
    country: str
    traits: Mapping[str, object]


class Shelf(NamedTuple):
    """What the catalogue says of a product at this moment."""

    price: Decimal
    is_sellable: bool
    languages: frozenset[str]
    url: str


@dataclass
class Examiner:
    """One campaign; keeps from chunk to chunk what is the same for all."""

    campaign: Campaign
    links: set[str] = field(default_factory=set)
    """Every address that the products of these mails lead to."""
    _names: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @cached_property
    def desk(self) -> Desk:
        return desk_for(self.campaign)

    def judge(self, people: Sequence[Person], *, now: datetime) -> list[Judged]:
        """Asks the recommender once a placement and language, and the catalogue once."""
        keys = [uuid.UUID(bytes=own) for own in uuid7_bytes(len(people))]
        recipients = [_recipient(own, key=key) for key, own in zip(keys, people, strict=True)]
        letters = self.desk.letters(recipients, now=now, dry_run=True)
        shown = (own for letter in letters for own in letter.slots.product_ids)
        shelf = _shelf(shown, default_locale=self.campaign.workspace.default_locale)
        self.links |= {own.url for own in shelf.values()}
        return [
            self._one(person, letter=letter, shelf=shelf)
            for person, letter in zip(people, letters, strict=True)
        ]

    def _one(self, person: Person, *, letter: Letter, shelf: Mapping[uuid.UUID, Shelf]) -> Judged:
        refused, size = _written(self.desk, letter=letter)
        slots, arm = letter.slots, self.desk.arm(letter.recipient)
        language = person.locale.partition("-")[0].lower()
        shown = [
            (product, shelf[own])
            for product, own in zip(slots.products, slots.product_ids, strict=True)
            if own in shelf
        ]
        return Judged(
            customer=person.external_id,
            locale=person.locale,
            variant=person.variant,
            refused=refused,
            blanks=self._blanks(person, arm=arm),
            missing_products=max(0, self.campaign.product_count - len(slots.products)),
            untranslated=sum(language not in own.languages for _, own in shown),
            wrong_offers=sum(_is_wrong(product, own) for product, own in shown),
            has_copy=not arm.has_copies or arm.copy(person.locale) is not None,
            is_own_language=nearest(self.desk.stationery.template.words, locale=person.locale) is not None,
            is_fallback=slots.is_fallback,
            wire_bytes=size,
        )

    def _blanks(self, person: Person, *, arm: Arm) -> tuple[str, ...]:
        key = arm.name, person.locale
        names = self._names.get(key)
        if names is None:
            names = names_printed(template_of(arm, campaign=self.campaign), locale=person.locale)
            self._names[key] = names
        if not names:
            return ()
        values = person_values(
            person.traits, first_name=person.first_name, last_name=person.last_name, email=person.address,
            locale=person.locale, country=person.country,
        )  # fmt: skip
        return blank_among(names, customer=values)


def _written(desk: Desk, *, letter: Letter) -> tuple[str, int]:
    try:
        return "", len(desk.write(letter))
    except (TemplateRefused, ValueError) as error:
        return str(error)[:300], 0


def _recipient(person: Person, *, key: uuid.UUID) -> Recipient:
    return Recipient(
        id=key, customer_id=person.pk, address=person.address, locale=person.locale,
        message_id_header=f"{key.hex}@pre-flight", idempotency_key=key.hex, attempts=0,
        first_name=person.first_name, last_name=person.last_name, country=person.country,
        traits=orjson.dumps(person.traits).decode() if person.traits else None, variant=person.variant,
    )  # fmt: skip


def _shelf(product_ids: Iterable[uuid.UUID], *, default_locale: str) -> dict[uuid.UUID, Shelf]:
    rows = Product.objects.filter(pk__in=set(product_ids)).prefetch_related("titles")
    return {product.pk: _on_shelf(product, default_locale=default_locale) for product in rows}


def _on_shelf(product: Product, *, default_locale: str) -> Shelf:
    tags = [default_locale, *(title.locale for title in product.titles.all())]
    is_sellable = product.available and product.archived_at is None
    return Shelf(
        price=product.price,
        is_sellable=is_sellable and (product.stock is None or product.stock > 0),
        languages=frozenset(tag.partition("-")[0].lower() for tag in tags),
        url=product.url,
    )


def _is_wrong(shown: ProductSlot, own: Shelf) -> bool:
    return not own.is_sellable or shown.price != own.price
