"""Product slots of a batch of mails: two questions to the recommender per placement and language, none per
recipient.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import title_for
from personalization.mailings.engine.render import ProductSlot
from personalization.mailings.models import Campaign, Message
from personalization.models import Recommendation
from personalization.services.listing_many import list_many
from personalization.services.recommending import recommend_many
from personalization.services.requests import AnswerItem, RecommendationAnswer


@dataclass(frozen=True)
class Slots:
    """What one mail shows, and the id under which it was recommended."""

    recommendation_id: uuid.UUID | None = None
    products: tuple[ProductSlot, ...] = ()
    product_ids: tuple[uuid.UUID, ...] = ()
    """Our own ids of the products, to see once more that they are to be had."""
    is_fallback: bool = False
    """What is popular, for want of a history."""


class Asking(NamedTuple):
    """A mail whose slots are to be filled. `placement`: the campaign's, unless its variant has one."""

    message_id: uuid.UUID
    customer_id: uuid.UUID | None
    locale: str
    placement: str = ""


def slots_of_people(
    campaign: Campaign, *, people: Iterable[Asking], dry_run: bool = False
) -> dict[uuid.UUID, Slots]:
    """Slots by message. Stock and purchases are as they are now, moments before the mail goes out.

    `dry_run` for previews: nothing is recorded as shown.
    """
    if not campaign.product_count:
        return {}
    slots: dict[uuid.UUID, Slots] = {}
    for placement, some in _rounds(people, placement=campaign.placement):
        found = _found(campaign, people=some, placement=placement, dry_run=dry_run)
        slots |= {own.message_id: found[key] for own in some if (key := own.customer_id) in found}
    return slots


def _rounds(people: Iterable[Asking], *, placement: str) -> Iterator[tuple[str, list[Asking]]]:
    """By placement. A second mail to somebody is asked for separately: it may be in another language."""
    rounds: dict[tuple[str, int], list[Asking]] = defaultdict(list)
    seen: Counter[tuple[str, uuid.UUID]] = Counter()
    for own in people:
        if own.customer_id:
            name = own.placement or placement
            rounds[name, seen[name, own.customer_id]].append(own)
            seen[name, own.customer_id] += 1
    for (name, _), some in rounds.items():
        yield name, some


def slots_as_sent(message: Message) -> Slots | None:
    """What the mail showed when it went out, at today's prices; None when that is not on record."""
    record = (
        Recommendation.objects.filter(pk=message.recommendation_id).first()
        if message.recommendation_id
        else None
    )
    if record is None:
        return None
    products = _products(message, external_ids=[item["product_id"] for item in record.items])
    shown = [item for item in record.items if item["product_id"] in products]
    return Slots(
        recommendation_id=record.pk,
        products=tuple(
            _recorded(item, product=products[item["product_id"]], locale=message.locale) for item in shown
        ),
    )


def _found(
    campaign: Campaign, *, people: Sequence[Asking], placement: str, dry_run: bool
) -> dict[uuid.UUID | None, Slots]:
    """By customer."""
    asked: dict[str, Any] = {"placement": placement, "count": campaign.product_count, "dry_run": dry_run}
    locales = {own.customer_id: own.locale for own in people if own.customer_id}
    answers = list_many(campaign.workspace, locales=locales, **asked)
    others: dict[str, list[uuid.UUID]] = defaultdict(list)
    for customer_id, locale in locales.items():
        if customer_id not in answers:
            others[locale].append(customer_id)
    for locale, ids in others.items():
        answers |= recommend_many(campaign.workspace, customer_ids=ids, locale=locale, **asked)
    return {customer_id: _slots(answer) for customer_id, answer in answers.items()}


def _slots(answer: RecommendationAnswer) -> Slots:
    return Slots(
        answer.recommendation_id,
        products=tuple(_slot(item) for item in answer.items),
        product_ids=tuple(item.product_uuid for item in answer.items),
        is_fallback=answer.fallback.used,
    )


def _slot(item: AnswerItem) -> ProductSlot:
    own = item.properties
    return ProductSlot(
        item.product_id, own["title"], own["url"], own["image_url"], _price(own["price"]), own["currency"],
        reason=item.reasons[0].text if item.reasons else "", position=item.position,
    )  # fmt: skip


@lru_cache(maxsize=4_000)
def _price(text: str) -> Decimal:
    return Decimal(text)


def _recorded(item: Mapping[str, Any], *, product: Product, locale: str) -> ProductSlot:  # Any: JSON
    reasons = item.get("reasons") or [{}]
    return ProductSlot(
        product_id=product.external_id,
        title=title_for(product, locale),
        url=product.url,
        image_url=product.image_url,
        price=product.price,
        currency=product.currency,
        reason=str(reasons[0].get("text", "")),
        position=int(item["position"]),
    )


def _products(message: Message, *, external_ids: Iterable[str]) -> dict[str, Product]:
    rows = Product.objects.for_workspace(message.workspace).filter(external_id__in=list(external_ids))
    return {product.external_id: product for product in rows.prefetch_related("titles")}
