"""Reads each customer's learned list, hard rules applied."""

import json
from uuid import UUID

from personalization.engine.evidence import Listed
from personalization.models import ModelVersion
from personalization.selectors.candidates import read_rows
from personalization.selectors.rules import Rules

# What was bought since the night is dealt with by the rules: it is in the person's purchases, read just now.
_LISTED = """
WITH {person},
asked AS (SELECT * FROM jsonb_to_recordset(%(asked)s::jsonb) AS a(n int, customer_id uuid))
SELECT asked.n, item.product_id, entry.place, seed.product_id, entry.buyers FROM asked
JOIN person USING (n)
JOIN personalization_customerranking own
    ON own.customer_id = asked.customer_id AND own.model_version_id = %(version)s
JOIN LATERAL unnest(own.{listed}, own.{because}, own.{buyers}) WITH ORDINALITY
    AS entry(number, seed, buyers, place) ON true
JOIN personalization_purchasevectoritem item
    ON item.number = entry.number AND item.model_version_id = %(version)s
LEFT JOIN personalization_purchasevectoritem seed
    ON seed.number = entry.seed AND seed.model_version_id = %(version)s
{product_of[item.product_id]}
WHERE {rules} AND {not_just_bought}
"""


def listed_for(rules: Rules, *, version: ModelVersion | None, only_new: bool) -> dict[int, list[Listed]]:
    """By person; a visitor, and a customer who came after the night, has none."""
    asked = [
        {"n": person.number, "customer_id": str(person.customer_id)}
        for person in rules.people
        if person.customer_id
    ]
    if version is None or not asked:
        return {}
    goal = "new" if only_new else "all"
    query = _LISTED
    for name in ("listed", "because", "buyers"):
        query = query.replace(f"{{{name}}}", f"{name}_{goal}")
    found: dict[int, list[Listed]] = {}
    rows = read_rows(query, rules, {"asked": json.dumps(asked), "version": version.id})
    for number, product_id, place, seed_id, buyers in rows:
        found.setdefault(number, []).append(_listed(product_id, place, seed_id, buyers, version=version))
    return found


def _listed(
    product_id: UUID, place: int, seed_id: UUID | None, buyers: int, *, version: ModelVersion
) -> Listed:
    return Listed(product_id, place, seed_id, buyers, until=version.as_of)
