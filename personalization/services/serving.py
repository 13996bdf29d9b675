"""Writes chosen products as items with reasons in words, and keeps the record of what was served."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any
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
from personalization.selectors.edition import Card, Edition
from personalization.selectors.people import Person
from personalization.selectors.reading import write
from personalization.services.requests import AnswerItem, AnswerReason, RecommendationAnswer

_RECORD = """
INSERT INTO personalization_recommendation
    (id, workspace_id, created_at, updated_at, customer_id, anonymous_id, placement, items, fallback,
     model_version, at, exposures)
SELECT id, %(workspace)s, at, at, customer_id, anonymous_id, placement, items, fallback, model_version, at, 1
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(
    id uuid, customer_id uuid, anonymous_id text, placement text, items jsonb, fallback jsonb,
    model_version text, at timestamptz)
"""


class Shelf:
    """Cards of a round, ready to be shown in one language."""

    def __init__(self, cards: Mapping[UUID, Card], *, locale: str, zone: str) -> None:
        self.cards = cards
        self.locale = locale
        self.zone = ZoneInfo(zone)

    @cached_property
    def kinds(self) -> dict[UUID, Kind]:
        return {product_id: card.kind for product_id, card in self.cards.items()}

    def title(self, product_id: UUID) -> str:
        card = self.cards[product_id]
        return nearest_title(card.title, card.titles, locale=self.locale) if card.titles else card.title

    def external_id(self, product_id: UUID) -> str:
        return self.cards[product_id].external_id


def shelf_of(edition: Edition, *, product_ids: Collection[UUID], locale: str, zone: str) -> Shelf:
    """The products were judged by the rules before."""
    return Shelf(edition.cards.of(product_ids), locale=locale, zone=zone)


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
    write(_RECORD, {"workspace": workspace.id, "rows": orjson.dumps(rows).decode()})
    return [replace(answer, recommendation_id=own) for answer, own in zip(answers, ids, strict=True)]


def _item(chosen: Chosen, position: int, shelf: Shelf) -> AnswerItem:
    product = shelf.cards[chosen.product_id]
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
    product = shelf.cards[product_id]
    return {
        "title": shelf.title(product_id),
        "price": str(product.price),
        "currency": product.currency,
        "url": product.url,
        "image_url": product.image_url,
        "brand": product.brand,
        "categories": list(product.categories),
    }


def _reason(reason: Reason, shelf: Shelf) -> AnswerReason:
    named = reason.evidence.get("product_id")
    title = shelf.title(named) if named else ""
    text = reason_text(reason, locale=shelf.locale, title=title, zone=shelf.zone)
    return AnswerReason(reason.code, text, plain_evidence(reason, external_id=shelf.external_id))


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
