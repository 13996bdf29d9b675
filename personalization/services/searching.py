"""Answers "which products does this text ask for?", in any language.

1. By words: the text's words, or its pairs of characters, among names, brands, categories and numbers; where
   a word is known to no product, by its spelling.
2. By meaning: the products nearest to the text's vector.
3. Both lists fused; an exact article number comes first. Stock and every other hard rule count in both.
4. Items as recommendations have them, each with why it was found, and a record under the search's id.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.inference.errors import EmbedderUnavailable
from omotenashi.inference.queries import QueryVector, query_vectors
from personalization.engine.fusion import fuse
from personalization.models import Recommendation
from personalization.selectors import search as read
from personalization.selectors.edition import Edition
from personalization.selectors.people import Person
from personalization.selectors.rules import ProductFilter, Rules
from personalization.selectors.search import Near, WordMatch
from personalization.services.nearest import nearest
from personalization.services.serving import Shelf

log = structlog.get_logger(__name__)
PLACEMENT = "search"
FUSED = 40
"""How deep each list is read at least: what is 30th in both may be first of all."""
ALL_WORDS = 2.0
"""The weight of a product that has every word, against 1 for meaning: it then comes before mere likeness."""


@dataclass(frozen=True)
class SearchRequest:
    workspace: Workspace
    query: str
    count: int
    locale: str = ""
    market: str = ""
    filter: ProductFilter = field(default_factory=ProductFilter)
    dry_run: bool = False
    """Answer, but keep no record."""


@dataclass(frozen=True)
class SearchItem:
    product_id: str
    position: int
    score: float
    why: tuple[Mapping[str, Any], ...]
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class SearchAnswer:
    search_id: UUID | None
    items: tuple[SearchItem, ...]
    notes: tuple[str, ...]
    """What the reader of the answer should know: a half that did not answer, or what to do about no hits."""


@dataclass(frozen=True)
class _Found:
    words: Mapping[UUID, WordMatch]
    spelling: Mapping[UUID, WordMatch]
    meaning: Mapping[UUID, Near]


def search(request: SearchRequest) -> SearchAnswer:
    rules = Rules(
        workspace=request.workspace,
        people=(Person(0, None, ()),),
        market=request.market,
        filter=request.filter,
    )
    depth = max(FUSED, 2 * request.count)
    asked = query_vectors.begin(request.query)
    words, spelling = _by_words(rules, query=request.query, limit=depth)
    meaning, notes = _by_meaning(rules, asked=asked, limit=depth)
    found = _Found(
        words={row.product_id: row for row in words},
        spelling={row.product_id: row for row in spelling},
        meaning={row.product_id: row for row in meaning},
    )
    chosen = _fused(words, spelling, meaning)[: request.count]
    shelf = Shelf(Edition(request.workspace.id), locale=_locale(request), zone=request.workspace.time_zone)
    shelf.take(product_id for product_id, _ in chosen)
    items = _items(chosen, found=found, shelf=shelf)
    notes = (*notes, *_advice(request, items=items, found=found))
    search_id = None if request.dry_run else _keep_record(request, items=items, notes=notes)
    return SearchAnswer(search_id, items, notes)


def _by_words(rules: Rules, *, query: str, limit: int) -> tuple[list[WordMatch], list[WordMatch]]:
    words = read.by_words(rules, query=query, limit=limit)
    has_all = any(row.coverage > 0.99 or row.is_its_number for row in words)
    return words, [] if has_all else read.by_spelling(rules, query=query, limit=limit)


def _by_meaning(
    rules: Rules, *, asked: Future[QueryVector], limit: int
) -> tuple[list[Near], tuple[str, ...]]:
    try:
        query = asked.result()
    except EmbedderUnavailable as error:
        log.warning("search_by_words_only", reason=error.detail)
        return [], (f"Searched by words only: {error.detail}",)
    return nearest(rules, vector=query.vector, model_id=query.model_id, limit=limit), ()


def _fused(
    words: Sequence[WordMatch], spelling: Sequence[WordMatch], meaning: Sequence[Near]
) -> list[tuple[UUID, float]]:
    by_words = [(row.product_id, ALL_WORDS * row.coverage) for row in (*words, *_others(spelling, words))]
    fused = fuse([by_words, [(row.product_id, 1.0) for row in meaning]])
    numbered = {row.product_id for row in words if row.is_its_number}
    return sorted(fused, key=lambda row: row[0] not in numbered)  # stable: the rest keeps its order


def _others(rows: Sequence[WordMatch], known: Sequence[WordMatch]) -> list[WordMatch]:
    have = {row.product_id for row in known}
    return [row for row in rows if row.product_id not in have]


def _locale(request: SearchRequest) -> str:
    return request.locale or request.workspace.default_locale


def _items(chosen: Sequence[tuple[UUID, float]], *, found: _Found, shelf: Shelf) -> tuple[SearchItem, ...]:
    return tuple(
        SearchItem(
            product_id=shelf.external_id(product_id),
            position=position,
            score=round(score, 6),
            why=_why(product_id, found),
            properties=shelf.card(product_id),
        )
        for position, (product_id, score) in enumerate(
            ((product_id, score) for product_id, score in chosen if product_id in shelf.products), start=1
        )
    )


def _why(product_id: UUID, found: _Found) -> tuple[dict[str, Any], ...]:
    why: list[dict[str, Any]] = []
    if (match := found.words.get(product_id)) is not None:
        code = "its_number" if match.is_its_number else "matched_words"
        why.append({"code": code, "words": list(match.words)})
    if (match := found.spelling.get(product_id)) is not None:
        why.append({"code": "similar_spelling", "words": list(match.words)})
    if (near := found.meaning.get(product_id)) is not None:
        why.append({"code": "similar_in_meaning", "similarity": round(near.similarity, 4)})
    return tuple(why)


def _advice(request: SearchRequest, *, items: Sequence[SearchItem], found: _Found) -> tuple[str, ...]:
    if not items:
        narrowed = request.filter != ProductFilter() or request.market
        remedy = "Widen the filter or the market." if narrowed else "Try other or fewer words."
        return (f"Nothing that can be sold now fits. {remedy}",)
    if not found.words and not found.spelling:
        return ("No product has these words: these are the nearest in meaning.",)
    return ()


def _keep_record(request: SearchRequest, *, items: Sequence[SearchItem], notes: Sequence[str]) -> UUID:
    """In the ledger of recommendations. Not what was typed: people type names and addresses too."""
    row = Recommendation.objects.create(
        workspace=request.workspace,
        placement=PLACEMENT,
        items=[_logged(item) for item in items],
        fallback={"used": bool(notes), "why": " ".join(notes)},
        at=timezone.now(),
    )
    found: UUID = row.id
    return found


def _logged(item: SearchItem) -> dict[str, Any]:
    return {
        "product_id": item.product_id,
        "position": item.position,
        "score": item.score,
        "why": list(item.why),
    }
