"""Which rules a product meets: for boosts and pins, and to say what each rule refused."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.engine.filters.binding import Known
from personalization.selectors.candidates import PRODUCT_OF
from personalization.selectors.filtering import Sql
from personalization.selectors.rules import JUST_BOUGHT, PERSON, Condition, Rules, hard_rules, parameters

Refusals = Mapping[tuple[int, UUID], frozenset[str]]
"""By (person, product): the codes of the rules that refuse it; empty where all let it through."""

_JUDGED = """
WITH {person},
asked AS (SELECT * FROM jsonb_to_recordset(%(pairs)s::jsonb) AS a(n int, product_id uuid, is_due boolean))
SELECT asked.n, asked.product_id, {verdicts} FROM asked
JOIN person USING (n)
{product}
WHERE product.workspace_id = %(workspace)s
"""
_MATCHING = """
SELECT product.id, {verdicts} FROM catalog_product product
WHERE product.workspace_id = %(workspace)s AND product.id = ANY(%(ids)s)
"""
_PINNED = """
(SELECT {place} AS place, product.id FROM catalog_product product
WHERE product.workspace_id = %(workspace)s AND product.archived_at IS NULL
  AND product.available AND (product.stock IS NULL OR product.stock > 0) AND {condition}
ORDER BY product.created_at DESC, product.id DESC LIMIT %(limit)s)
"""
_COUNTED = """
SELECT count(*), count(*) FILTER (WHERE {condition}) FROM catalog_product product
WHERE product.workspace_id = %(workspace)s AND product.archived_at IS NULL
"""


def judged_rules(rules: Rules) -> list[Condition]:
    """Every rule that a candidate has to pass, in the order in which a trace names them."""
    due = replace(JUST_BOUGHT, sql=f"(asked.is_due OR {JUST_BOUGHT.sql})")
    return [*hard_rules(rules), due]


def refusals(rules: Rules, *, pairs: Iterable[tuple[int, UUID, bool]]) -> Refusals:
    """The rules' own SQL, one column each instead of all in one condition. One query."""
    rows = [{"n": n, "product_id": str(own), "is_due": is_due} for n, own, is_due in pairs]
    if not rows:
        return {}
    asked = judged_rules(rules)
    statement = _JUDGED.format(
        person=PERSON,
        product=PRODUCT_OF.format(key="asked.product_id"),
        verdicts=", ".join(rule.sql for rule in asked),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters(rules) | {"pairs": json.dumps(rows)})
        return {
            (n, product_id): frozenset(
                rule.code for rule, verdict in zip(asked, verdicts, strict=True) if not verdict
            )
            for n, product_id, *verdicts in cursor.fetchall()
        }


def matching(
    workspace: Workspace, *, product_ids: Iterable[UUID], conditions: Sequence[Sql]
) -> list[set[UUID]]:
    """For each condition the products that meet it. One query; none where there is nothing to ask."""
    wanted = list(product_ids)
    found: list[set[UUID]] = [set() for _ in conditions]
    if not wanted or not conditions:
        return found
    statement = _MATCHING.format(verdicts=", ".join(condition.text for condition in conditions))
    given: dict[str, Any] = {"workspace": workspace.id, "ids": wanted}
    with connection.cursor() as cursor:
        cursor.execute(statement, given | _together(conditions))
        for product_id, *verdicts in cursor.fetchall():
            for place, verdict in enumerate(verdicts):
                if verdict:
                    found[place].add(product_id)
    return found


def sellable_matches(workspace: Workspace, *, conditions: Sequence[Sql], limit: int) -> list[list[UUID]]:
    """For each condition the newest products that meet it and can be sold at all. One query."""
    found: list[list[UUID]] = [[] for _ in conditions]
    if not conditions:
        return found
    parts = [
        _PINNED.format(place=place, condition=condition.text) for place, condition in enumerate(conditions)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts),
            _together(conditions) | {"workspace": workspace.id, "limit": limit},
        )
        for place, product_id in cursor.fetchall():
            found[place].append(product_id)
    return found


def count_matching(workspace: Workspace, *, condition: Sql) -> tuple[int, int]:
    """How many live products there are, and how many of them meet the condition."""
    statement = _COUNTED.format(condition=condition.text)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"workspace": workspace.id, **condition.parameters})
        total, found = cursor.fetchone()
    return int(total), int(found)


def page_product(workspace: Workspace, *, external_id: str) -> Known:
    """What `$product` stands for; nothing where the page has no product that we know."""
    columns = ("external_id", "title", "brand", "price", "currency", "categories", "group_id")
    row = Product.objects.for_workspace(workspace).filter(external_id=external_id).values_list(*columns)
    found = row.first() if external_id else None
    if found is None:
        return {}
    known = dict(zip(("id", *columns[1:]), found, strict=True))
    categories = tuple(known["categories"])
    return known | {"categories": categories, "category": categories[0] if categories else None}


def _together(conditions: Sequence[Sql]) -> dict[str, Any]:
    return {name: value for condition in conditions for name, value in condition.parameters.items()}
