"""What persons bought and looked at: for one visitor or a thousand recipients, in one query each."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.due import Purchased
from personalization.engine.evidence import View
from personalization.selectors.people import Person
from personalization.selectors.reading import read

VIEW_EVENTS = ("Product Viewed", "Product Clicked")
VIEWS_FOR = timedelta(days=30)
VIEWS_PER_PERSON = 50

_WHO = """
who AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(people)s::jsonb) AS w(n int, customer_id uuid, anonymous_id text)
)
"""

# Orders of a visitor count only while nobody is known to own them: an alias gives them their customer.
PURCHASES = f"""
WITH {_WHO},
own AS (
    SELECT who.n, o.id, o.placed_at FROM who
    JOIN personalization_order o ON o.customer_id = who.customer_id
    WHERE o.workspace_id = %(workspace)s AND o.status = 'placed'
    UNION
    SELECT who.n, o.id, o.placed_at FROM who
    JOIN personalization_order o ON o.workspace_id = %(workspace)s AND o.anonymous_id = who.anonymous_id
    WHERE who.anonymous_id <> '' AND o.anonymous_id <> '' AND o.customer_id IS NULL AND o.status = 'placed'
)
SELECT own.n, product.id, line.product_external_id, count(DISTINCT own.id),
       count(DISTINCT (own.placed_at AT TIME ZONE 'UTC')::date), min(own.placed_at), max(own.placed_at)
FROM own
JOIN personalization_orderline line ON line.order_id = own.id
LEFT JOIN catalog_product product
    ON product.workspace_id = %(workspace)s AND product.external_id = line.product_external_id
GROUP BY own.n, product.id, line.product_external_id
"""  # noqa: S608 - a constant

# LATERAL with a limit: one walk along a person's index entries, newest first, whatever the month's size.
VIEWS = f"""
WITH {_WHO},
seen AS MATERIALIZED (
    SELECT who.n, own.product_external_id, own.happened_at FROM who
    JOIN LATERAL (
        SELECT e.product_external_id, e.happened_at FROM personalization_event e
        WHERE e.workspace_id = %(workspace)s AND e.customer_id = who.customer_id
          AND e.happened_at > %(since)s AND e.name = ANY(%(names)s) AND e.product_external_id <> ''
        ORDER BY e.happened_at DESC LIMIT %(latest)s
    ) own ON true
    UNION ALL
    SELECT who.n, own.product_external_id, own.happened_at FROM who
    JOIN LATERAL (
        SELECT e.product_external_id, e.happened_at FROM personalization_event e
        WHERE e.workspace_id = %(workspace)s AND e.anonymous_id = who.anonymous_id AND e.anonymous_id <> ''
          AND e.customer_id IS NULL
          AND e.happened_at > %(since)s AND e.name = ANY(%(names)s) AND e.product_external_id <> ''
        ORDER BY e.happened_at DESC LIMIT %(latest)s
    ) own ON who.anonymous_id <> ''
)
SELECT n, id, happened_at FROM (
    SELECT seen.n, product.id, max(seen.happened_at) AS happened_at,
           row_number() OVER (PARTITION BY seen.n ORDER BY max(seen.happened_at) DESC) AS place
    FROM seen JOIN catalog_product product
        ON product.workspace_id = %(workspace)s AND product.external_id = seen.product_external_id
    GROUP BY seen.n, product.id
) latest WHERE place <= %(limit)s
"""  # noqa: S608 - a constant

_IDS = """
SELECT external_id, id FROM catalog_product
WHERE workspace_id = %(workspace)s AND external_id = ANY(%(names)s)
"""
_RHYTHMS = """
SELECT product_id, interval_days FROM personalization_productrhythm
WHERE model_version_id = %(version)s AND product_id = ANY(%(ids)s)
"""


def purchases_of(workspace: Workspace, *, people: Iterable[Person]) -> dict[int, list[Purchased]]:
    found: dict[int, list[Purchased]] = defaultdict(list)
    for number, *columns in read(PURCHASES, {"people": _who(people), "workspace": workspace.id}):
        found[number].append(Purchased(*columns))
    return found


def views_of(workspace: Workspace, *, people: Iterable[Person], now: datetime) -> dict[int, list[View]]:
    found: dict[int, list[View]] = defaultdict(list)
    parameters: dict[str, Any] = {"people": _who(people), "workspace": workspace.id, "since": now - VIEWS_FOR}
    parameters |= {"names": list(VIEW_EVENTS), "limit": VIEWS_PER_PERSON, "latest": 4 * VIEWS_PER_PERSON}
    for number, product_id, happened_at in read(VIEWS, parameters):
        found[number].append(View(product_id, happened_at))
    return found


def product_ids_of(workspace: Workspace, *, external_ids: Iterable[str]) -> dict[str, UUID]:
    names = list(external_ids)
    if not names:
        return {}
    return dict(read(_IDS, {"workspace": workspace.id, "names": names}))


def rhythms_of(version_id: UUID | None, *, product_ids: Iterable[UUID]) -> dict[UUID, float]:
    wanted = list(product_ids)
    if version_id is None or not wanted:
        return {}
    return dict(read(_RHYTHMS, {"version": version_id, "ids": wanted}))


def _who(people: Iterable[Person]) -> str:
    """One row for the customer, one for each of their visitor ids."""
    rows = []
    for person in people:
        rows.append({"n": person.number, "customer_id": person.customer_id, "anonymous_id": ""})
        rows += [
            {"n": person.number, "customer_id": None, "anonymous_id": own} for own in person.anonymous_ids
        ]
    return json.dumps(rows, default=str)
