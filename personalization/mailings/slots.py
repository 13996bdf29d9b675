"""Product slots of a batch of mails: two questions to the recommender per placement and language, none per
recipient.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
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
    owners: dict[tuple[str, str], dict[uuid.UUID, uuid.UUID]] = defaultdict(dict)
    for own in people:
        if own.customer_id:
            owners[own.placement or campaign.placement, own.locale][own.message_id] = own.customer_id
    slots: dict[uuid.UUID, Slots] = {}
    for (placement, locale), some in owners.items():
        slots |= _slots_in(locale, campaign=campaign, owners=some, placement=placement, dry_run=dry_run)
    return slots


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


def _slots_in(
    locale: str, *, campaign: Campaign, owners: Mapping[uuid.UUID, uuid.UUID], placement: str, dry_run: bool
) -> dict[uuid.UUID, Slots]:
    asked: dict[str, Any] = {
        "placement": placement,
        "count": campaign.product_count,
        "locale": locale,
        "dry_run": dry_run,
    }
    people = list(dict.fromkeys(owners.values()))
    answers = list_many(campaign.workspace, customer_ids=people, **asked)
    others = [customer_id for customer_id in people if customer_id not in answers]
    if others:
        answers |= recommend_many(campaign.workspace, customer_ids=others, **asked)
    found = {customer_id: _slots(answer) for customer_id, answer in answers.items()}
    return {
        message_id: found[customer_id] for message_id, customer_id in owners.items() if customer_id in found
    }


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
        reason=item.reasons[0].text if item.reasons else "",
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
    )


def _products(message: Message, *, external_ids: Iterable[str]) -> dict[str, Product]:
    rows = Product.objects.for_workspace(message.workspace).filter(external_id__in=list(external_ids))
    return {product.external_id: product for product in rows.prefetch_related("titles")}
