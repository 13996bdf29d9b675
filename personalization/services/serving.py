"""Writes chosen products as items with reasons in words, and keeps the record of what was served."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import title_for
from personalization.engine.candidates import Reason
from personalization.engine.choosing import Chosen
from personalization.engine.diversity import Kind
from personalization.engine.reasons import plain_evidence, reason_text
from personalization.models import Recommendation
from personalization.selectors.people import Person
from personalization.services.requests import AnswerItem, AnswerReason, RecommendationAnswer

_COLUMNS = (
    "external_id", "title", "price", "currency", "url", "image_url", "brand", "categories", "group_id",
)  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """The products of a round, ready to be shown in one language."""

    products: Mapping[UUID, Product]
    titles: Mapping[UUID, str]
    external_ids: Mapping[UUID, str]
    kinds: Mapping[UUID, Kind]
    locale: str
    zone: ZoneInfo


def shelf_of(workspace: Workspace, *, product_ids: Iterable[UUID], locale: str) -> Shelf:
    """Two queries: products and their titles. The products were judged by the rules before."""
    rows = Product.objects.for_workspace(workspace).filter(id__in=list(product_ids))
    products = {product.id: product for product in rows.only(*_COLUMNS).prefetch_related("titles")}
    return Shelf(
        products=products,
        titles={product_id: title_for(product, locale) for product_id, product in products.items()},
        external_ids={product_id: product.external_id for product_id, product in products.items()},
        kinds={product_id: _kind(product) for product_id, product in products.items()},
        locale=locale,
        zone=ZoneInfo(workspace.time_zone),
    )


def _kind(product: Product) -> Kind:
    return Kind(product.id, product.categories[0] if product.categories else "", product.group_id)


def write_items(chosen: Sequence[Chosen], *, shelf: Shelf) -> tuple[AnswerItem, ...]:
    return tuple(_item(item, position, shelf) for position, item in enumerate(chosen, start=1))


def keep_record(
    answers: Sequence[RecommendationAnswer],
    *,
    people: Sequence[Person],
    workspace: Workspace,
    anonymous_id: str = "",
) -> list[RecommendationAnswer]:
    """One insert for all; each answer comes back with the id of its record."""
    rows = [
        Recommendation(
            workspace=workspace,
            customer_id=person.customer_id,
            anonymous_id=anonymous_id[:200],
            placement=answer.placement,
            items=[_logged(item) for item in answer.items],
            fallback={"used": answer.fallback.used, "why": answer.fallback.why},
            model_version=answer.model_version,
            at=answer.at,
        )
        for answer, person in zip(answers, people, strict=True)
    ]
    Recommendation.objects.bulk_create(rows)
    return [replace(answer, recommendation_id=row.id) for answer, row in zip(answers, rows, strict=True)]


def _item(chosen: Chosen, position: int, shelf: Shelf) -> AnswerItem:
    product = shelf.products[chosen.product_id]
    return AnswerItem(
        product_id=product.external_id,
        product_uuid=product.id,
        position=position,
        score=round(chosen.score, 6),
        source=chosen.source,
        reasons=tuple(_reason(reason, shelf) for reason in chosen.reasons),
        properties=properties_of(product.id, shelf=shelf),
        contributions={name: round(share, 6) for name, share in chosen.contributions.items()},
        stage=chosen.stage,
        relevance=round(chosen.relevance, 4),
        weights=dict(chosen.weights),
        rule=chosen.rule,
    )


def properties_of(product_id: UUID, *, shelf: Shelf) -> dict[str, Any]:
    """Enough to draw a card."""
    product = shelf.products[product_id]
    return {
        "title": shelf.titles[product.id],
        "price": str(product.price),
        "currency": product.currency,
        "url": product.url,
        "image_url": product.image_url,
        "brand": product.brand,
        "categories": list(product.categories),
    }


def _reason(reason: Reason, shelf: Shelf) -> AnswerReason:
    named = reason.evidence.get("product_id")
    title = shelf.titles[named] if named else ""
    text = reason_text(reason, locale=shelf.locale, title=title, zone=shelf.zone)
    return AnswerReason(reason.code, text, plain_evidence(reason, external_ids=shelf.external_ids))


def _logged(item: AnswerItem) -> dict[str, Any]:
    return {
        "product_id": item.product_id,
        "position": item.position,
        "score": item.score,
        "source": item.source,
        "contributions": dict(item.contributions),
        "reasons": [
            {"code": reason.code, "text": reason.text, "evidence": dict(reason.evidence)}
            for reason in item.reasons
        ],
    }
