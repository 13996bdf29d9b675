"""Product slots of a batch of mails: one question to the recommender, one to the catalogue."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization import selectors
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.render import ProductSlot
from personalization.mailings.models import Campaign, Message


@dataclass(frozen=True)
class Slots:
    """What one mail shows, and the id under which it was recommended."""

    recommendation_id: uuid.UUID | None = None
    products: tuple[ProductSlot, ...] = ()


def slots_for(campaign: Campaign, *, messages: Sequence[Message]) -> dict[uuid.UUID, Slots]:
    """Slots by message. Stock and purchases are as they are now, moments before the mail goes out."""
    wanted = [message for message in messages if message.customer_id]
    if not campaign.product_count or not wanted:
        return {}
    recommend_many: Any = getattr(selectors, "recommend_many", None)
    if recommend_many is None:
        return {}
    answers = recommend_many(
        campaign.workspace,
        customer_ids=[message.customer_id for message in wanted],
        placement=campaign.placement,
        count=campaign.product_count,
    )
    shown = {item.product_id for answer in answers.values() for item in answer.items}
    products = _products(campaign.workspace, external_ids=shown)
    return {
        message.pk: _slots(answers[message.customer_id], products=products, locale=message.locale)
        for message in wanted
        if message.customer_id in answers
    }


def _slots(answer: Any, *, products: Mapping[str, Product], locale: str) -> Slots:  # Any: until it lands
    return Slots(
        recommendation_id=answer.recommendation_id,
        products=tuple(
            _slot(products[item.product_id], locale=locale, reason=item.reasons[0].text if item.reasons else "")
            for item in answer.items
            if item.product_id in products
        ),
    )


def _slot(product: Product, *, locale: str, reason: str) -> ProductSlot:
    titles = {row.locale: row.title for row in product.titles.all()}
    return ProductSlot(
        product_id=product.external_id,
        title=nearest(titles, locale=locale) or product.title,
        url=product.url,
        image_url=product.image_url,
        price=product.price,
        currency=product.currency,
        reason=reason,
    )


def _products(workspace: Workspace, *, external_ids: Iterable[str]) -> dict[str, Product]:
    found = Product.objects.for_workspace(workspace).filter(external_id__in=list(external_ids))
    return {product.external_id: product for product in found.prefetch_related("titles")}
