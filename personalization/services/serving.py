"""Writes chosen products as items with reasons in words, and keeps the record of what was served."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.db import connection

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.selectors import nearest_title
from omotenashi.records import uuid7
from personalization.engine.candidates import Reason
from personalization.engine.choosing import Chosen
from personalization.engine.diversity import Kind
from personalization.engine.reasons import plain_evidence, reason_text
from personalization.engine.settling import SOURCE, Shown
from personalization.selectors.edition import MOST_PRODUCTS, Edition, Product
from personalization.selectors.people import Person
from personalization.selectors.reading import write
from personalization.services.requests import AnswerItem, AnswerReason, RecommendationAnswer

_RECORD = """
INSERT INTO personalization_recommendation
    (id, workspace_id, created_at, updated_at, customer_id, anonymous_id, placement, items, fallback,
     model_version, at, exposures)
SELECT id, %(workspace)s, at, at, customer_id, anonymous_id, placement, items, fallback, model_version, at, 1
FROM {waiting}jsonb_to_recordset(%(rows)s::jsonb) AS r(
    id uuid, customer_id uuid, anonymous_id text, placement text, items jsonb, fallback jsonb,
    model_version text, at timestamptz)
"""
MOST_REASONS = 3_000
"""Each takes some 1 KB."""
# The disk is not waited for, which took most of an answer's time: a crash of PostgreSQL may lose the records
# of its last moment, and no more than those. Orders and events are written elsewhere, and waited for.
_NOT_WAITING = "(SELECT set_config('synchronous_commit', 'off', true)) AS setting, "


class Shelf:
    """The products of a round, ready to be shown in one language. They were judged by the rules before."""

    def __init__(self, edition: Edition, *, locale: str, zone: str) -> None:
        self.products: dict[UUID, Product] = {}
        self.kinds: dict[UUID, Kind] = {}
        self.locale = locale
        self.zone = ZoneInfo(zone)
        self.reasons: dict[tuple[Any, ...], AnswerReason] = edition.reasons
        """Written before, by code, language, time zone and evidence. Not to be changed either."""
        self._edition = edition

    def take(self, product_ids: Iterable[UUID]) -> None:
        """At most one query for all of them; none for what is there."""
        new = self._edition.products.of({own for own in product_ids if own not in self.products})
        self.products |= new
        self.kinds |= {product_id: product.kind for product_id, product in new.items()}

    def title(self, product_id: UUID) -> str:
        return str(self.card(product_id)["title"])

    def card(self, product_id: UUID) -> Mapping[str, Any]:
        """Enough to draw one. Not to be changed: the next answer shows the same."""
        cards, key = self._edition.cards, (product_id, self.locale)
        card = cards.get(key)
        if card is None:
            if len(cards) >= MOST_PRODUCTS:
                cards.clear()
            card = cards[key] = _card(self.products[product_id], locale=self.locale)
        return card

    def external_id(self, product_id: UUID) -> str:
        return self.products[product_id].external_id


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
    # Within a transaction of the caller's, its durability is the caller's affair.
    record = _RECORD.format(waiting="" if connection.in_atomic_block else _NOT_WAITING)
    write(record, {"workspace": workspace.id, "rows": orjson.dumps(rows).decode()})
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
        properties=shelf.card(product.id),
        contributions={name: round(share, 6) for name, share in chosen.contributions.items()},
        stage=chosen.stage,
        relevance=round(chosen.relevance, 4),
        weights=dict(chosen.weights),
        rule=chosen.rule,
    )


def write_listed(shown: Sequence[Shown], *, shelf: Shelf) -> tuple[AnswerItem, ...]:
    """The same of a settled list, which has one source and no rules."""
    return tuple(_listed(own, position, shelf) for position, own in enumerate(shown, start=1))


def _listed(shown: Shown, position: int, shelf: Shelf) -> AnswerItem:
    product, score = shelf.products[shown.product_id], round(shown.score, 6)
    return AnswerItem(
        product.external_id, product.id, position, score, SOURCE, (_reason(shown.reason, shelf),),
        shelf.card(product.id), {SOURCE: score}, relevance=round(shown.relevance, 4),
    )  # fmt: skip


def _card(product: Product, *, locale: str) -> dict[str, Any]:
    titles = product.titles
    return {
        "title": nearest_title(product.title, titles, locale=locale) if titles else product.title,
        "price": str(product.price),
        "currency": product.currency,
        "url": product.url,
        "image_url": product.image_url,
        "brand": product.brand,
        "categories": list(product.categories),
    }


def _reason(reason: Reason, shelf: Shelf) -> AnswerReason:
    reasons, key = shelf.reasons, (reason.code, shelf.locale, shelf.zone, *reason.evidence.values())
    written = reasons.get(key)
    if written is None:
        if len(reasons) >= MOST_REASONS:
            reasons.clear()
        written = reasons[key] = _written(reason, shelf)
    return written


def _written(reason: Reason, shelf: Shelf) -> AnswerReason:
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
        "contributions": item.contributions,
        "reasons": [{"code": own.code, "text": own.text, "evidence": own.evidence} for own in item.reasons],
    }
