"""Reads the evidence of each candidate source, hard rules applied: one query a source for all persons."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from personalization.engine.evidence import NeighborLink, NewProduct, PopularProduct, Seed, SimilarProduct
from personalization.engine.vectors import blend, cosines
from personalization.models import ModelVersion
from personalization.selectors.edition import Edition
from personalization.selectors.learned import floats, joined
from personalization.selectors.reading import read, read_with, uuid_array
from personalization.selectors.rules import (
    PERSON,
    Rules,
    conditions,
    not_just_bought,
    not_owned,
    parameters,
)

Row = TypeVar("Row")
ByPerson = dict[int, list[Row]]
LINKS_PER_SEED = 30
SIMILAR_PER_PERSON = 60
POPULAR_PER_MARKET = 90
# Without the first the index gives its nearest 40 of all workspaces: the rules may leave none. The second
# lets one walk suffice where they leave most.
SEARCH = ("hnsw.iterative_scan = relaxed_order", f"hnsw.ef_search = {SIMILAR_PER_PERSON + 20}")
# One index holds the vectors of all workspaces. A small one's lie far apart in it, and a walk could miss
# some: those are all compared, which the expression makes sure of, since no index has it.
BY_INDEX, BY_COMPARING_ALL = "v.vector <=> taste.vector::halfvec(384)", "similarity DESC"

# OFFSET 0 keeps the planner from moving the rules inside: it would take them to be so selective that it reads
# all products of the workspace for each candidate instead of the one by its key.
PRODUCT_OF = """JOIN LATERAL (
    SELECT p.id, p.external_id, p.workspace_id, p.archived_at, p.available, p.stock, p.attributes,
           p.categories, p.brand, p.price, p.currency, p.title, p.sku, p.group_id, p.url, p.created_at
    FROM catalog_product p WHERE p.id = {key} OFFSET 0
) product ON true"""
_KEYS = ("wanted.product_id", "near.neighbor_id", "v.product_id", "popular.product_id", "item.product_id")

_ALLOWED = """
WITH {person}
SELECT wanted.place::int FROM unnest(%(numbers)s::int[], %(ids)s::uuid[], %(due)s::bool[]) WITH ORDINALITY
    AS wanted(n, product_id, is_due, place)
JOIN person USING (n)
{product_of[wanted.product_id]}
WHERE {rules} AND (wanted.is_due OR {not_just_bought})
"""

_LINKS = """
WITH {person},
seed AS (SELECT * FROM jsonb_to_recordset(%(seeds)s::jsonb) AS s(n int, product_id uuid))
SELECT seed.n, seed.product_id, link.neighbor_id, link.score, link.baskets FROM seed
JOIN person USING (n)
JOIN LATERAL (
    SELECT near.neighbor_id, near.score, near.baskets FROM personalization_productneighbor near
    {product_of[near.neighbor_id]}
    WHERE near.model_version_id = %(version)s AND near.product_id = seed.product_id
      AND {rules} AND {not_just_bought} AND {not_owned}
    ORDER BY near.score DESC LIMIT {limit}
) link ON true
"""

_SIMILAR = """
WITH {person},
taste AS (SELECT * FROM jsonb_to_recordset(%(tastes)s::jsonb) AS t(n int, vector text))
SELECT taste.n, found.product_id, found.similarity, halfvec_send(found.vector) FROM taste
JOIN person USING (n)
JOIN LATERAL (
    SELECT v.product_id, v.vector, 1 - (v.vector <=> taste.vector::halfvec(384)) AS similarity
    FROM catalog_productvector v
    {product_of[v.product_id]}
    WHERE v.workspace_id = %(workspace)s AND v.model_id = %(model_id)s
      AND {rules} AND {not_just_bought} AND {not_owned}
    ORDER BY {order} LIMIT {limit}
) found ON true
"""
_LEARNED = """
SELECT customer_id, halfvec_send(vector) FROM personalization_customervector
WHERE customer_id = ANY(%(ids)s) AND model_id = %(model_id)s
"""
_POPULAR = """
WITH {person}
SELECT person.n, top.product_id, top.score, top.buyers, top.window_days, top.market FROM person
JOIN LATERAL (SELECT DISTINCT area.market FROM (VALUES (person.market), ('')) AS area(market)) areas ON true
JOIN LATERAL (
    SELECT popular.product_id, popular.score, popular.buyers, popular.window_days, popular.market
    FROM personalization_productpopularity popular
    {product_of[popular.product_id]}
    WHERE popular.model_version_id = %(version)s AND popular.market = areas.market
      AND {rules} AND {not_just_bought}
    ORDER BY popular.score DESC, popular.product_id LIMIT {limit}
) top ON true
"""

_NEWEST = """
WITH {person}
SELECT person.n, latest.id, latest.created_at FROM person
JOIN LATERAL (
    SELECT product.id, product.created_at FROM catalog_product product
    WHERE {rules} AND {not_just_bought}
    ORDER BY product.created_at DESC, product.id DESC LIMIT {limit}
) latest ON true
"""


def allowed_pairs(rules: Rules, *, pairs: Iterable[tuple[int, UUID, bool]]) -> set[tuple[int, UUID]]:
    """Which (person, product, is it due again) may be shown; one that is due may have been bought lately."""
    asked = list(pairs)
    if not asked:
        return set()
    given = {
        "numbers": "{" + ",".join([str(n) for n, _, _ in asked]) + "}",
        "ids": uuid_array(product_id for _, product_id, _ in asked),
        "due": "{" + ",".join(["t" if is_due else "f" for _, _, is_due in asked]) + "}",
    }
    return {asked[place - 1][:2] for (place,) in read_rows(_ALLOWED, rules, given)}


def links_for(
    rules: Rules, *, seeds: Mapping[int, Sequence[Seed]], version: ModelVersion | None
) -> ByPerson[NeighborLink]:
    if version is None or not any(seeds.values()):
        return {}
    given = {"seeds": _seed_rows(seeds), "version": version.id}
    return _by_person(read_rows(_LINKS, rules, given, limit=LINKS_PER_SEED), NeighborLink)


def similar_for(
    rules: Rules, *, edition: Edition, seeds: Mapping[int, Sequence[Seed]]
) -> ByPerson[SimilarProduct]:
    """The products nearest to each person's taste, each with the seed it is most like."""
    ids = {seed.product_id for own in seeds.values() for seed in own}
    vectors, model_id = vectors_of(edition, product_ids=ids)
    tastes = _tastes(rules, seeds=seeds, vectors=vectors, model_id=model_id)
    if not tastes:
        return {}
    given = {
        # As PostgreSQL keeps them: halves are short to write.
        "tastes": json.dumps(
            [{"n": n, "vector": str(taste.astype(np.float16).tolist())} for n, taste in tastes.items()]
        ),
        "model_id": model_id,
    }
    found = read_rows(
        _SIMILAR, rules, given, limit=SIMILAR_PER_PERSON, local=SEARCH,
        order=BY_COMPARING_ALL if edition.has_few_vectors else BY_INDEX,
    )  # fmt: skip
    return _with_nearest_seeds(found, seeds=seeds, vectors=vectors)


def popular_for(rules: Rules, *, version: ModelVersion | None) -> ByPerson[PopularProduct]:
    if version is None:
        return {}

    def popular(product_id: UUID, score: float, buyers: int, days: int, market: str) -> PopularProduct:
        return PopularProduct(product_id, score, buyers, days, market, until=version.as_of)

    given = {"version": version.id}
    return _by_person(read_rows(_POPULAR, rules, given, limit=POPULAR_PER_MARKET), popular)


def newest_for(rules: Rules, *, limit: int) -> ByPerson[NewProduct]:
    return _by_person(read_rows(_NEWEST, rules, {}, limit=limit), NewProduct)


def read_rows(
    query: str,
    rules: Rules,
    given: Mapping[str, Any],
    *,
    limit: int = 0,
    local: Sequence[str] = (),
    order: str = "",
) -> list[tuple[Any, ...]]:
    """The query with the hard rules filled in; also for sources whose reading has a file of its own.

    `limit` is written out: PostgreSQL would plan a parameter for a tenth of all rows, and plan it each time.
    """
    # The pieces are constants of this package; every value goes in as a parameter.
    statement = query.format(
        person=PERSON,
        product_of={key: PRODUCT_OF.format(key=key) for key in _KEYS},
        rules=conditions(rules),
        not_just_bought=not_just_bought(rules),
        not_owned=not_owned(rules),
        limit=limit,
        order=order,
    )
    values = parameters(rules) | dict(given)
    return read_with(statement, values, local=local) if local else read(statement, values)


def _by_person(rows: Iterable[tuple[Any, ...]], build: Callable[..., Row]) -> ByPerson[Row]:
    found: ByPerson[Row] = defaultdict(list)
    for number, *columns in rows:
        found[number].append(build(*columns))
    return found


def _seed_rows(seeds: Mapping[int, Sequence[Seed]]) -> str:
    return json.dumps(
        [{"n": n, "product_id": str(seed.product_id)} for n, own in seeds.items() for seed in own]
    )


def vectors_of(
    edition: Edition, *, product_ids: Collection[UUID]
) -> tuple[dict[UUID, NDArray[np.float32]], str]:
    """By the embedder that knows most of them; rows of two models never mix."""
    found = edition.products.of(product_ids)
    counts = Counter(model_id for own in found.values() for model_id in own.vectors)
    if not counts:
        return {}, ""
    model_id = max(counts, key=lambda name: (counts[name], name))
    return {name: own.vectors[model_id] for name, own in found.items() if model_id in own.vectors}, model_id


def _tastes(
    rules: Rules,
    *,
    seeds: Mapping[int, Sequence[Seed]],
    vectors: Mapping[UUID, NDArray[np.float32]],
    model_id: str,
) -> dict[int, NDArray[np.float32]]:
    """Seeds of the moment, and the learned vector in place of what was bought."""
    learned = _learned_tastes(rules, model_id=model_id)
    tastes: dict[int, NDArray[np.float32]] = {}
    for number, own in seeds.items():
        known = [(vectors[seed.product_id], seed.weight) for seed in own if seed.product_id in vectors]
        if known and number in learned:
            bought = sum(seed.weight for seed in own if seed.relation == "bought")
            known.append((learned[number], bought))
        if known:
            rows, weights = zip(*known, strict=True)
            tastes[number] = blend(np.stack(rows), weights)
    return tastes


def _learned_tastes(rules: Rules, *, model_id: str) -> dict[int, NDArray[np.float32]]:
    numbers = {person.customer_id: person.number for person in rules.people if person.customer_id}
    if not numbers or not model_id:
        return {}
    rows = read(_LEARNED, {"ids": list(numbers), "model_id": model_id})
    return {numbers[customer_id]: floats(vector) for customer_id, vector in rows}


def _with_nearest_seeds(
    found: Sequence[tuple[Any, ...]],
    *,
    seeds: Mapping[int, Sequence[Seed]],
    vectors: Mapping[UUID, NDArray[np.float32]],
) -> ByPerson[SimilarProduct]:
    by_person: ByPerson[SimilarProduct] = {}
    for number, group in groupby(found, key=itemgetter(0)):
        rows = list(group)
        known = [own.product_id for own in seeds[number] if own.product_id in vectors]
        by_person[number] = nearest_seeds(
            [product_id for _, product_id, _, _ in rows],
            similarity=np.array([similarity for _, _, similarity, _ in rows]),
            likeness=cosines(
                joined([floats(vector) for *_, vector in rows]), joined([vectors[own] for own in known])
            ),
            seeds=known,
        )
    return by_person


def nearest_seeds(
    products: Sequence[UUID],
    *,
    similarity: NDArray[np.float64],
    likeness: NDArray[np.float64],
    seeds: Sequence[UUID],
) -> list[SimilarProduct]:
    """Each product, like the taste by `similarity`, with the seed it is most like, for a reason.

    `likeness`: of each product to each seed.
    """
    found: list[SimilarProduct] = []
    places = np.argsort(-likeness, axis=1, kind="stable")[:, :2].tolist()
    for product_id, to_taste, row, best in zip(
        products, similarity.tolist(), likeness.tolist(), places, strict=True
    ):
        for place in best:
            if seeds[place] != product_id:
                found.append(SimilarProduct(product_id, to_taste, seeds[place], row[place]))
                break
    return found


def similarity_floor_of(version: ModelVersion | None, *, default: float) -> float:
    return float(version.statistics.get("similarity_floor", default)) if version else default


__all__ = [
    "allowed_pairs",
    "links_for",
    "nearest_seeds",
    "newest_for",
    "popular_for",
    "similar_for",
    "similarity_floor_of",
    "vectors_of",
]
