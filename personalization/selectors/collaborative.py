"""Reads what is nearest to each person's vector of purchases, hard rules applied, and who else bought it.

A customer whose row is up to date, and who shows no other interest just now, has candidates chosen from all
products ready in it. Everyone else — a visitor, a page's product, a purchase of this minute — gets a vector
folded in from their seeds on the spot, and the index finds what is nearest.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from personalization.engine.evidence import AlsoBought, Seed
from personalization.models import ModelVersion
from personalization.selectors.candidates import SEARCH, read_rows
from personalization.selectors.learned import Item, Learned, floats, joined
from personalization.selectors.reading import read
from personalization.selectors.rules import Rules

NEAREST_PER_PERSON = 60
ENOUGH = 20
"""Of a customer's stored candidates so many must pass the rules, or else the index is asked."""
_CLOCK = timedelta(milliseconds=1)
Found = tuple[UUID, int, float]
Vector = NDArray[np.float32]

_NEAREST = """
WITH {person},
wish AS (SELECT * FROM jsonb_to_recordset(%(wishes)s::jsonb) AS w(n int, vector text))
SELECT wish.n, near.product_id, near.number, near.score FROM wish
JOIN person USING (n)
JOIN LATERAL (
    SELECT item.product_id, item.number, -(item.vector <#> wish.vector::halfvec(64)) AS score
    FROM personalization_purchasevectoritem item
    {product_of[item.product_id]}
    WHERE item.model_version_id = %(version)s AND {rules} AND {not_just_bought} AND {not_owned}
    ORDER BY item.vector <#> wish.vector::halfvec(64) LIMIT {limit}
) near ON near.score > 0
"""

_STORED = """
WITH {person},
stored AS (SELECT * FROM jsonb_to_recordset(%(stored)s::jsonb) AS s(n int, customer_id uuid))
SELECT stored.n, item.product_id, item.number, -(item.vector <#> own.vector) FROM stored
JOIN person USING (n)
JOIN personalization_purchasevectorcustomer own
    ON own.customer_id = stored.customer_id AND own.model_version_id = %(version)s
JOIN LATERAL unnest(own.candidates) AS candidate(number) ON true
JOIN LATERAL (
    SELECT i.product_id, i.number, i.vector FROM personalization_purchasevectoritem i
    WHERE i.number = candidate.number AND i.model_version_id = %(version)s OFFSET 0
) item ON true
{product_of[item.product_id]}
WHERE {rules} AND {not_just_bought} AND {not_owned}
"""

_CUSTOMERS = """
SELECT customer_id, halfvec_send(vector), bought_until, candidates[1] >= 0
FROM personalization_purchasevectorcustomer
WHERE model_version_id = %(version)s AND customer_id = ANY(%(ids)s)
"""


@dataclass(frozen=True)
class _Row:
    vector: Vector
    bought_until: datetime
    has_candidates: bool


def also_bought_for(
    rules: Rules,
    *,
    seeds: Mapping[int, Sequence[Seed]],
    learned: Learned | None,
    newest: Mapping[int, datetime],
) -> dict[int, list[AlsoBought]]:
    """`newest`: each person's last purchase, to see whether their row knows it."""
    if learned is None:
        return {}
    items = learned.items.of({seed.product_id for own in seeds.values() for seed in own})
    if not items:
        return {}
    version = learned.version
    rows = _current_rows(rules, version=version, newest=newest)
    found = _stored(rules, version=version, seeds=seeds, rows=rows)
    wishes = {
        n: _wish(own, items=items, row=rows.get(n))
        for n, own in seeds.items()
        if len(found.get(n, ())) < ENOUGH
    }
    found |= _nearest(rules, version=version, wishes={n: own for n, own in wishes.items() if own.any()})
    return {n: _explained(own, seeds=seeds[n], items=items) for n, own in found.items()}


def also_bought_within(
    listed: Mapping[int, UUID], *, seeds: Sequence[Seed], learned: Learned
) -> list[AlsoBought]:
    """Of these products by number, which are known to be allowed, those nearest to the seeds."""
    items = learned.items.of([seed.product_id for seed in seeds])
    wish = _wish(seeds, items=items, row=None)
    if not wish.any() or not listed:
        return []
    vectors = [row.vector for row in learned.numbered.of(listed).values()]
    scores = (joined(vectors) @ wish).tolist()
    found = [(own, number, score) for (number, own), score in zip(listed.items(), scores, strict=True)]
    return _explained([row for row in found if row[2] > 0], seeds=seeds, items=items)


def _explained(
    found: Sequence[Found], *, seeds: Sequence[Seed], items: Mapping[UUID, Item]
) -> list[AlsoBought]:
    """A row for each seed that shares buyers with the product: the source picks the one that is told."""
    known = [(seed.product_id, items[seed.product_id].buyers) for seed in seeds if seed.product_id in items]
    return [
        AlsoBought(product_id, score, seed_id, buyers[number])
        for product_id, number, score in found
        for seed_id, buyers in known
        if number in buyers
    ]


def _wish(seeds: Sequence[Seed], *, items: Mapping[UUID, Item], row: _Row | None) -> Vector:
    """The seeds' sum; what was bought is taken from the row where there is one: it knows all purchases."""
    known = [seed for seed in seeds if seed.product_id in items]
    fresh = [seed for seed in known if row is None or seed.relation != "bought"]
    wish = _sum(fresh, items=items)
    if row is not None:
        bought = _sum([seed for seed in known if seed.relation == "bought"], items=items)
        # A customer whose page tells all has no bought seeds: then their past has no say.
        wish = wish + row.vector * np.float32(np.linalg.norm(bought))
    length = np.float32(np.linalg.norm(wish))
    return wish / length if length > 0 else wish


def _sum(seeds: Sequence[Seed], *, items: Mapping[UUID, Item]) -> Vector:
    total = np.zeros(64, dtype=np.float32)
    for seed in seeds:
        total += np.float32(seed.weight) * items[seed.product_id].inward
    return total


def _current_rows(rules: Rules, *, version: ModelVersion, newest: Mapping[int, datetime]) -> dict[int, _Row]:
    """Those that know the customer's last purchase; the others wait for the job that renews them."""
    numbers = {person.customer_id: person.number for person in rules.people if person.customer_id}
    if not numbers:
        return {}
    rows = read(_CUSTOMERS, {"version": version.id, "ids": list(numbers)})
    found = {
        numbers[customer_id]: _Row(floats(vector), until, bool(has_candidates))
        for customer_id, vector, until, has_candidates in rows
    }
    return {n: row for n, row in found.items() if n in newest and newest[n] <= row.bought_until + _CLOCK}


def _stored(
    rules: Rules,
    *,
    version: ModelVersion,
    seeds: Mapping[int, Sequence[Seed]],
    rows: Mapping[int, _Row],
) -> dict[int, list[Found]]:
    """Candidates leave out all that was bought, so they serve discovery alone."""
    wanted = [
        {"n": person.number, "customer_id": str(person.customer_id)}
        for person in rules.people
        if person.number in rows
        and rows[person.number].has_candidates
        and person.number in rules.owned
        and all(seed.relation == "bought" for seed in seeds.get(person.number, ()))
    ]
    if not wanted:
        return {}
    return _by_person(read_rows(_STORED, rules, {"stored": json.dumps(wanted), "version": version.id}))


def _nearest(rules: Rules, *, version: ModelVersion, wishes: Mapping[int, Vector]) -> dict[int, list[Found]]:
    if not wishes:
        return {}
    given = {
        "wishes": json.dumps([{"n": n, "vector": str(wish.tolist())} for n, wish in wishes.items()]),
        "version": version.id,
    }
    return _by_person(read_rows(_NEAREST, rules, given, limit=NEAREST_PER_PERSON, local=SEARCH))


def _by_person(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[Found]]:
    found: dict[int, list[Found]] = {}
    for n, product_id, number, score in rows:
        found.setdefault(n, []).append((product_id, number, float(score)))
    return found
