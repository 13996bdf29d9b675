"""Reads what a search finds by words and by meaning, hard rules applied, straight from PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from personalization.engine.filler_words import FILLER_WORDS
from personalization.selectors.candidates import PRODUCT_OF
from personalization.selectors.rules import PERSON, Rules, conditions, parameters

Vector = NDArray[np.float32]
COMMON = 2000
"""A word that this many products have tells little, and counting further would cost more than it gives."""
MATCHES_RANKED = 4000
MOST_WORDS = 24
MIN_SPELLING = 0.4
"""pg_trgm's word similarity: `tansuu` is 0.6 like `tansu`, `teapto` 0.5 like `teapot`."""

# OFFSET 0: as in candidates.py, the product is read by its key before the rules judge it.
# 1. asked: the query's words, and how many products have each (up to 2,000).
# 2. telling: those that set products apart; the rarer, the more it weighs.
# 3. matched: products with any of them, the words of each, and how much of the query that is.
_WORDS = """
WITH {person},
own AS (SELECT ('''w:' || %(workspace)s || '''')::tsquery AS word),
size AS (SELECT count(*) AS total FROM (
    SELECT FROM catalog_productwords WHERE workspace_id = %(workspace)s LIMIT %(common)s + 1) counted),
asked AS MATERIALIZED (
    SELECT typed.token, typed.exact, typed.wide, (
        SELECT count(*) FROM (
            SELECT FROM catalog_productwords w WHERE w.words @@ (own.word && typed.wide) LIMIT %(common)s
        ) counted) AS products
    FROM own, (
        SELECT token, quoted::tsquery AS exact,
               (CASE WHEN length(token) > 2 OR length(token) = 1 AND token > '\u0e00'
                     THEN quoted || ':*' ELSE quoted END)::tsquery AS wide
        FROM (
            SELECT DISTINCT token,
                   '''' || replace(replace(token, '\\', '\\\\'), '''', '''''') || '''' AS quoted
            FROM unnest(catalog_search_tokens(%(query)s, true) || lower(%(query)s)) token LIMIT %(most)s
        ) quoting
    ) typed
),
weighed AS MATERIALIZED (
    SELECT token, exact, wide, products, ln(1 + size.total::float / greatest(products, 1)) AS weight,
           products BETWEEN 1 AND %(common)s - 1
               AND products <= greatest(size.total * 0.3, 5)
               AND NOT token = ANY(%(filler)s) AS is_telling
    FROM asked, size
),
telling AS MATERIALIZED (
    SELECT * FROM weighed WHERE is_telling
        OR products > 0 AND NOT EXISTS (SELECT FROM weighed WHERE is_telling)
),
-- Words that no product has count as missed; the whole text is a word only as an article number.
whole AS (SELECT sum(weight) AS weight FROM weighed
          WHERE (is_telling OR products = 0) AND NOT token = ANY(%(filler)s)
              AND token = ANY(catalog_search_tokens(%(query)s, true))),
matched AS (
    SELECT w.product_id, array_agg(telling.token) AS tokens,
           sum(telling.weight * (ts_rank(w.words, telling.wide)
               + CASE WHEN w.words @@ telling.exact THEN 0.4 ELSE 0 END)) AS score,
           least(1, sum(telling.weight * CASE WHEN w.words @@ telling.exact THEN 1 ELSE 0.8 END)
                    / (SELECT weight FROM whole)) AS coverage
    FROM (
        SELECT c.product_id, c.words FROM catalog_productwords c
        WHERE c.words @@ (SELECT own.word && (string_agg('(' || telling.wide::text || ')', '|'))::tsquery
                          FROM own, telling GROUP BY own.word)
        LIMIT %(ranked)s
    ) w JOIN telling ON w.words @@ telling.wide
    GROUP BY w.product_id
)
SELECT product.id, matched.tokens, coalesce(matched.coverage, 1)::float,
       lower(%(query)s) IN (lower(product.external_id), lower(product.sku)) AS is_its_number
FROM person, matched {product_of[matched.product_id]}
WHERE {rules}
ORDER BY is_its_number DESC, matched.score * (0.5 + coalesce(matched.coverage, 1)) DESC, product.id
LIMIT %(limit)s
"""

_SPELLING = """
WITH {person}
SELECT product.id, ARRAY[word.typed], (near.likeness * %(share)s)::float, false
FROM person, unnest(%(words)s::text[]) AS word(typed)
JOIN LATERAL (
    SELECT c.product_id, word_similarity(word.typed, c.spelling) AS likeness FROM catalog_productwords c
    WHERE c.workspace_id = %(workspace)s AND word.typed <%% c.spelling
    ORDER BY word_similarity(word.typed, c.spelling) DESC, c.product_id LIMIT %(limit)s
) near ON true
{product_of[near.product_id]}
WHERE {rules}
ORDER BY near.likeness DESC, product.id LIMIT %(limit)s
"""

_UNKNOWN_WORDS = """
SELECT token FROM unnest(catalog_search_tokens(%(query)s, true)) token
WHERE length(token) > 3 AND NOT EXISTS (
    SELECT FROM catalog_productwords w
    WHERE w.words @@ (('''w:' || %(workspace)s || '''')::tsquery
                      && (('''' || replace(replace(token, '\\', '\\\\'), '''', '''''') || ''':*')::tsquery)))
"""

_NEAR_OF = """
WITH {person}
SELECT product.id, 1 - (v.vector <=> %(vector)s::halfvec(384)) AS similarity
FROM person, unnest(%(near)s::uuid[]) AS near(product_id)
{product_of[near.product_id]}
JOIN catalog_productvector v ON v.product_id = product.id AND v.model_id = %(model_id)s
WHERE {rules}
ORDER BY similarity DESC, product.id LIMIT %(limit)s
"""

_NEAREST_BY_INDEX = """
WITH {person}
SELECT found.id, found.similarity FROM person JOIN LATERAL (
    SELECT product.id, 1 - (v.vector <=> %(vector)s::halfvec(384)) AS similarity FROM catalog_productvector v
    {product_of[v.product_id]}
    WHERE v.workspace_id = %(workspace)s AND v.model_id = %(model_id)s AND {rules}
    ORDER BY v.vector <=> %(vector)s::halfvec(384) LIMIT %(limit)s
) found ON true ORDER BY found.similarity DESC, found.id
"""

# The products that the rules allow first, then all of their vectors: exact, and cheap when they are few.
_NEAREST_ALLOWED = """
WITH {person},
allowed AS MATERIALIZED (SELECT product.id FROM person, catalog_product product WHERE {rules})
SELECT allowed.id, 1 - (v.vector <=> %(vector)s::halfvec(384)) AS similarity
FROM allowed JOIN catalog_productvector v ON v.product_id = allowed.id AND v.model_id = %(model_id)s
ORDER BY similarity DESC, allowed.id LIMIT %(limit)s
"""

_ALLOWED_UP_TO = """
WITH {person}
SELECT count(*) FROM (
    SELECT FROM person, catalog_product product WHERE {rules} LIMIT %(limit)s
) counted
"""
_KEYS = ("matched.product_id", "near.product_id", "v.product_id")


@dataclass(frozen=True)
class WordMatch:
    product_id: UUID
    words: tuple[str, ...]
    """Of the query, as they were cut: whole words, or pairs of characters in Japanese and Chinese."""
    coverage: float
    """How much of the query these are, by weight: 1 is all of it."""
    is_its_number: bool
    """The query is the product's id or SKU."""


@dataclass(frozen=True)
class Near:
    product_id: UUID
    similarity: float


def by_words(rules: Rules, *, query: str, limit: int) -> list[WordMatch]:
    given = {"query": query, "limit": limit, "common": COMMON, "ranked": MATCHES_RANKED, "most": MOST_WORDS}
    given["filler"] = list(FILLER_WORDS)
    return [_word_match(row) for row in _rows(_WORDS, rules, given)]


def by_spelling(rules: Rules, *, query: str, limit: int) -> list[WordMatch]:
    """What is spelled nearly like those words of the query that no product has."""
    unknown = [token for (token,) in _rows(_UNKNOWN_WORDS, rules, {"query": query})]
    words = [token for token in unknown if token not in FILLER_WORDS]
    if not words:
        return []
    given = {"words": words, "share": 1 / len(query.split()), "limit": limit}
    with transaction.atomic():
        _set("pg_trgm.word_similarity_threshold", str(MIN_SPELLING))
        return [_word_match(row) for row in _rows(_SPELLING, rules, given)]


def near_of(
    rules: Rules, *, product_ids: Collection[UUID], vector: Vector, model_id: str, limit: int
) -> list[Near]:
    """Of these products those that the rules allow, with their true similarity."""
    given = _given(vector, model_id=model_id, limit=limit) | {"near": list(product_ids)}
    return [Near(*row) for row in _rows(_NEAR_OF, rules, given)]


def nearest_by_index(rules: Rules, *, vector: Vector, model_id: str, limit: int) -> list[Near]:
    """pgvector's HNSW, going on until the rules have let enough through."""
    with transaction.atomic():
        _set("hnsw.iterative_scan", "strict_order")
        _set("hnsw.ef_search", str(max(100, min(1000, 2 * limit))))
        return [
            Near(*row)
            for row in _rows(_NEAREST_BY_INDEX, rules, _given(vector, model_id=model_id, limit=limit))
        ]


def nearest_allowed(rules: Rules, *, vector: Vector, model_id: str, limit: int) -> list[Near]:
    """Exact over all that the rules allow."""
    return [
        Near(*row) for row in _rows(_NEAREST_ALLOWED, rules, _given(vector, model_id=model_id, limit=limit))
    ]


def count_allowed(rules: Rules, *, up_to: int) -> int:
    ((count,),) = _rows(_ALLOWED_UP_TO, rules, {"limit": up_to})
    return int(count)


def _given(vector: Vector, *, model_id: str, limit: int) -> dict[str, Any]:
    return {"vector": str(vector.tolist()), "model_id": model_id, "limit": limit}


def _word_match(row: Sequence[Any]) -> WordMatch:
    product_id, words, coverage, is_its_number = row
    return WordMatch(product_id, tuple(sorted(words)), float(coverage), bool(is_its_number))


def _set(name: str, value: str) -> None:
    """For this transaction alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def _rows(query: str, rules: Rules, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    # The pieces are constants of this package; every value goes in as a parameter.
    statement = query.format(
        person=PERSON,
        product_of={key: PRODUCT_OF.format(key=key) for key in _KEYS},
        rules=conditions(rules),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters(rules) | dict(given))
        return cursor.fetchall()  # type: ignore[no-any-return]
