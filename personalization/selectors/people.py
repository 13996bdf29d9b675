"""The persons one answer or one bulk run is for, and all that the tables hold of each: in one query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal, NamedTuple
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.engine.due import PublishedDue, Purchased
from personalization.engine.evidence import View
from personalization.models import ModelVersion
from personalization.selectors.reading import read

VIEWS_FOR = timedelta(days=30)
Goal = Literal["all", "new"]


@dataclass(frozen=True)
class Person:
    """`number` joins the rows of a bulk query back to their person."""

    number: int
    customer_id: UUID | None
    anonymous_ids: tuple[str, ...]
    country: str = ""
    locale: str = ""
    blocked: frozenset[str] = field(default_factory=frozenset)
    """The shop's ids of what is in the cart, excluded, or on the page itself."""


class Entry(NamedTuple):
    """A place of a learned list. Products are numbers of the model version."""

    place: int
    number: int
    because: int
    """-1: no product of the customer's."""
    buyers: int


class Ranking(NamedTuple):
    """A learned list by columns, as it is stored: most of its fifty places nobody looks at."""

    numbers: Sequence[int] = ()
    """-1: of a product that is gone."""
    because: Sequence[int] = ()
    buyers: Sequence[int] = ()

    def entries(self) -> list[Entry]:
        """Those of products."""
        rows = map(Entry._make, zip(count(1), *self, strict=False))
        return [row for row in rows if row.number >= 0]


@dataclass(frozen=True)
class Known:
    """What a person did, and what the active version foretold of them."""

    person: Person
    purchases: Sequence[Purchased]
    views: Sequence[View]
    ranking: Ranking
    """Empty for a visitor, and for a customer who came after the night."""
    due: Mapping[UUID, PublishedDue]


@dataclass(frozen=True)
class Reading:
    """What to read of each."""

    workspace: Workspace
    version: ModelVersion | None
    goal: Goal
    """Of the two learned lists: of all products, or of those never bought."""
    now: datetime


# The customer named, else the owner of the visitor id, else nobody: always one row. A visitor id that belongs
# to another customer must not lend its history to this one.
_VISITOR = """
asked AS MATERIALIZED (
    SELECT CASE WHEN %(customer)s::text <> '' THEN (
               SELECT c.id FROM personalization_customer c
               WHERE c.workspace_id = %(workspace)s AND c.external_id = %(customer)s
           ) ELSE owner.id END AS id, owner.id AS owner_id
    FROM (SELECT (
        SELECT a.customer_id FROM personalization_customeralias a
        WHERE a.workspace_id = %(workspace)s AND a.anonymous_id = %(visitor)s AND %(visitor)s::text <> ''
    ) AS id) owner
),
person AS MATERIALIZED (
    SELECT 0 AS n, customer.id, customer.country, customer.locale, ARRAY(
        SELECT a.anonymous_id::text FROM personalization_customeralias a WHERE a.customer_id = customer.id
        UNION
        SELECT %(visitor)s::text
        WHERE %(visitor)s::text <> '' AND (asked.owner_id IS NULL OR asked.owner_id = customer.id)
    ) AS visitors
    FROM asked LEFT JOIN personalization_customer customer
        ON customer.id = asked.id AND customer.workspace_id = %(workspace)s
)
"""
_CUSTOMERS = """
person AS MATERIALIZED (
    SELECT asked.n::int, customer.id, customer.country, customer.locale, ARRAY(
        SELECT a.anonymous_id::text FROM personalization_customeralias a WHERE a.customer_id = customer.id
    ) AS visitors
    FROM unnest(%(customers)s::uuid[]) WITH ORDINALITY AS asked(id, n)
    JOIN personalization_customer customer
        ON customer.id = asked.id AND customer.workspace_id = %(workspace)s
)
"""

# Each part is a walk along one person's own index entries, whatever the size of the tables: LATERAL and
# OFFSET 0 keep it so. Orders and views of a visitor count only while nobody is known to own them: an alias
# gives them their customer. The limits are no parameters: PostgreSQL would plan for a tenth of all rows.
_KNOWN = """
WITH {person}
SELECT person.n, person.id, person.country, person.locale, person.visitors,
       bought.ids, bought.names, bought.times, bought.days, bought.firsts, bought.lasts, bought.usual,
       seen.ids, seen.moments, own.listed_{goal}, own.because_{goal}, own.buyers_{goal},
       due.ids, due.intervals, due.chances
FROM person
CROSS JOIN LATERAL (
    SELECT array_agg(b.id) AS ids, array_agg(b.name) AS names, array_agg(b.times) AS times,
           array_agg(b.days) AS days, array_agg(b.first) AS firsts, array_agg(b.last) AS lasts,
           array_agg(rhythm.interval_days) AS usual
    FROM (
        SELECT product.id, line.product_external_id::text AS name, count(DISTINCT o.id) AS times,
               count(DISTINCT (o.placed_at AT TIME ZONE 'UTC')::date) AS days,
               min(o.placed_at) AS first, max(o.placed_at) AS last
        FROM (
            SELECT o.id, o.placed_at FROM personalization_order o
            WHERE o.customer_id = person.id AND o.workspace_id = %(workspace)s AND o.status = 'placed'
            UNION ALL
            SELECT o.id, o.placed_at FROM unnest(person.visitors) AS visitor(id)
            JOIN personalization_order o ON o.workspace_id = %(workspace)s AND o.anonymous_id = visitor.id
            WHERE o.anonymous_id <> '' AND o.customer_id IS NULL AND o.status = 'placed'
        ) o
        JOIN personalization_orderline line ON line.order_id = o.id
        LEFT JOIN catalog_product product
            ON product.workspace_id = %(workspace)s AND product.external_id = line.product_external_id
        GROUP BY product.id, line.product_external_id
    ) b
    LEFT JOIN LATERAL (
        SELECT r.interval_days FROM personalization_productrhythm r
        WHERE b.days = 1 AND r.model_version_id = %(version)s::uuid AND r.product_id = b.id OFFSET 0
    ) rhythm ON true
) bought
CROSS JOIN LATERAL (
    SELECT array_agg(latest.id) AS ids, array_agg(latest.at) AS moments FROM (
        SELECT product.id, max(view.happened_at) AS at
        FROM (
            (SELECT e.product_external_id, e.happened_at FROM personalization_event e
             WHERE e.customer_id = person.id AND e.workspace_id = %(workspace)s AND {is_view}
             ORDER BY e.happened_at DESC LIMIT 200)
            UNION ALL
            SELECT own.product_external_id, own.happened_at FROM unnest(person.visitors) AS visitor(id)
            JOIN LATERAL (
                SELECT e.product_external_id, e.happened_at FROM personalization_event e
                WHERE e.workspace_id = %(workspace)s AND e.anonymous_id = visitor.id AND e.anonymous_id <> ''
                  AND e.customer_id IS NULL AND {is_view}
                ORDER BY e.happened_at DESC LIMIT 200
            ) own ON true
        ) view
        JOIN catalog_product product
            ON product.workspace_id = %(workspace)s AND product.external_id = view.product_external_id
        GROUP BY product.id ORDER BY at DESC LIMIT 50
    ) latest
) seen
LEFT JOIN personalization_customerranking own
    ON own.customer_id = person.id AND own.model_version_id = %(version)s::uuid
CROSS JOIN LATERAL (
    SELECT array_agg(d.product_id) AS ids, array_agg(d.interval_days) AS intervals,
           array_agg(d.chance) AS chances
    FROM personalization_productdue d
    WHERE d.customer_id = person.id AND d.model_version_id = %(version)s::uuid
) due
"""
# The upper bound spares PostgreSQL the months that have not begun.
_IS_VIEW = """e.happened_at > %(since)s AND e.happened_at < %(until)s
    AND e.name IN ('Product Viewed', 'Product Clicked') AND e.product_external_id <> ''"""
# On one line: psycopg reads a statement of more than 4,096 characters anew each time.
_STATEMENTS = {
    (kind, goal): " ".join(_KNOWN.format(person=person, goal=goal, is_view=_IS_VIEW).split())
    for kind, person in (("visitor", _VISITOR), ("customers", _CUSTOMERS))
    for goal in ("all", "new")
}


def read_visitor(
    reading: Reading, *, customer_external_id: str, anonymous_id: str, blocked: frozenset[str]
) -> Known:
    """A visitor whose id is known to be a customer's is that customer."""
    given = {"customer": customer_external_id, "visitor": anonymous_id}
    (row,) = _rows("visitor", reading, given)
    return _known(row, reading=reading, blocked=blocked)


def read_customers(reading: Reading, *, customer_ids: Sequence[UUID]) -> list[Known]:
    """In the order asked for; those of another workspace are left out."""
    rows = _rows("customers", reading, {"customers": list(dict.fromkeys(customer_ids))})
    return [_known(row, reading=reading) for row in sorted(rows, key=lambda row: row[0])]


def _rows(kind: str, reading: Reading, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    common = {
        "workspace": reading.workspace.id,
        "version": reading.version.id if reading.version else None,
        "since": reading.now - VIEWS_FOR,
        "until": reading.now + timedelta(days=1),
    }
    return read(_STATEMENTS[kind, reading.goal], {**common, **given})


def _known(row: tuple[Any, ...], *, reading: Reading, blocked: frozenset[str] = frozenset()) -> Known:
    number, customer_id, country, locale, visitors, *columns = row
    bought, seen, listed, due = columns[:7], columns[7:9], columns[9:12], columns[12:]
    until = reading.version.as_of if reading.version else reading.now
    return Known(
        person=Person(number, customer_id, tuple(sorted(visitors)), country or "", locale or "", blocked),
        purchases=[Purchased(*values) for values in _rows_of(bought)],
        views=[View(*values) for values in _rows_of(seen)],
        ranking=Ranking._make(column or () for column in listed),
        due={own: PublishedDue(interval, chance, until) for own, interval, chance in _rows_of(due)},
    )


def _rows_of(arrays: Sequence[Sequence[Any] | None]) -> Iterator[tuple[Any, ...]]:
    """`array_agg` of no rows is NULL."""
    return zip(*(array or () for array in arrays), strict=True)
