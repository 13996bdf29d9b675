"""Writes chosen products as items with reasons in words, and keeps the record of what was served."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.selectors import nearest_title
from omotenashi.records import uuid7
from personalization.engine.candidates import Reason
from personalization.engine.choosing import Chosen
from personalization.engine.diversity import Kind
from personalization.engine.reasons import plain_evidence, reason_text
from personalization.selectors.people import Person
from personalization.selectors.reading import read, write
from personalization.services.requests import AnswerItem, AnswerReason, RecommendationAnswer

_PRODUCTS = """
SELECT id, external_id, title, price, currency, url, image_url, brand, categories, group_id
FROM catalog_product WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s)
"""
TITLES = "SELECT product_id, locale, title FROM catalog_producttitle WHERE product_id = ANY(%(ids)s)"
RECORD = """
INSERT INTO personalization_recommendation
    (id, workspace_id, created_at, updated_at, customer_id, anonymous_id, placement, items, fallback,
     model_version, at, exposures)
SELECT id, %(workspace)s, at, at, customer_id, anonymous_id, placement, items, fallback, model_version, at, 1
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(
    id uuid, customer_id uuid, anonymous_id text, placement text, items jsonb, fallback jsonb,
    model_version text, at timestamptz)
"""


class Shown(NamedTuple):
    """What a card is drawn with: as many fields of a product, without the cost of one."""

    id: UUID
    external_id: str
    title: str
    price: Decimal
    currency: str
    url: str
    image_url: str
    brand: str
    categories: list[str]
    group_id: str


@dataclass(frozen=True)
class Shelf:
    """The products of a round, ready to be shown in one language."""

    products: Mapping[UUID, Shown]
    titles: Mapping[UUID, str]
    external_ids: Mapping[UUID, str]
    kinds: Mapping[UUID, Kind]
    locale: str
    zone: ZoneInfo


def shelf_of(workspace: Workspace, *, product_ids: Iterable[UUID], locale: str) -> Shelf:
    """Two queries: products and their titles. The products were judged by the rules before."""
    ids = list(product_ids)
    products = {row[0]: Shown(*row) for row in read(_PRODUCTS, {"workspace": workspace.id, "ids": ids})}
    others: dict[UUID, dict[str, str]] = defaultdict(dict)
    for product_id, tag, title in read(TITLES, {"ids": list(products)}):
        others[product_id][tag] = title
    return Shelf(
        products=products,
        titles={
            product_id: nearest_title(product.title, others.get(product_id, {}), locale=locale)
            for product_id, product in products.items()
        },
        external_ids={product_id: product.external_id for product_id, product in products.items()},
        kinds={product_id: _kind(product) for product_id, product in products.items()},
        locale=locale,
        zone=ZoneInfo(workspace.time_zone),
    )


def _kind(product: Shown) -> Kind:
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
    ids = [uuid7() for _ in answers]
    # As one document: arrays of documents are written out a character at a time.
    rows = [
        {
            "id": own,
            "customer_id": person.customer_id,
            "anonymous_id": anonymous_id[:200],
            "placement": answer.placement,
            "items": [_logged(item) for item in answer.items],
            "fallback": {"used": answer.fallback.used, "why": answer.fallback.why},
            "model_version": answer.model_version,
            "at": answer.at,
        }
        for own, answer, person in zip(ids, answers, people, strict=True)
    ]
    write(RECORD, {"workspace": workspace.id, "rows": orjson.dumps(rows).decode()})
    return [replace(answer, recommendation_id=own) for answer, own in zip(answers, ids, strict=True)]


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
