"""Writes a few plain events in one statement: where requests hold one event each, round trips cost the most.

The statement is its own transaction. Keys are claimed in their order, so that two of these never deadlock.
"""

from collections.abc import Sequence
from uuid import UUID

from omotenashi.records import uuid7_bytes
from personalization.arrays import nullable_array, octets_array, text_array
from personalization.engine.event_rows import NewEvent
from personalization.engine.segment import as_json
from personalization.selectors.reading import read

MOST = 64
"""From here on a look-up and a COPY cost less."""

_WRITE = """
WITH given AS (
    SELECT * FROM unnest(
        %(ids)s::uuid[], %(keys)s::uuid[], %(customers)s::uuid[], %(visitors)s::text[], %(kinds)s::text[],
        %(names)s::text[], %(products)s::text[], %(recommendations)s::uuid[], %(properties)s::text[],
        %(contexts)s::text[], %(happened)s::timestamptz[], %(received)s::timestamptz[]
    ) AS given (id, key, customer_id, anonymous_id, kind, name, product_external_id, recommendation_id,
        properties, context, happened_at, received_at)
), claimed AS (
    INSERT INTO personalization_eventkey (id) SELECT key FROM given WHERE key IS NOT NULL ORDER BY key
    ON CONFLICT (id) DO NOTHING RETURNING id
), written AS (
    INSERT INTO personalization_event (id, workspace_id, customer_id, anonymous_id, kind, name,
        product_external_id, recommendation_id, properties, context, happened_at, received_at)
    SELECT given.id, %(workspace)s::uuid, coalesce(given.customer_id, (
            SELECT customer_id FROM personalization_customeralias AS alias
            WHERE alias.workspace_id = %(workspace)s::uuid AND alias.anonymous_id = given.anonymous_id
        )), given.anonymous_id, kind, name, product_external_id, recommendation_id, properties::jsonb,
        context::jsonb, happened_at, received_at
    FROM given LEFT JOIN claimed ON claimed.id = given.key
    WHERE given.key IS NULL OR claimed.id IS NOT NULL
)
SELECT uuid_send(id) FROM claimed
"""


def write_few(events: Sequence[NewEvent], *, keys: Sequence[bytes]) -> set[bytes]:
    """Each event with its message's key, or an empty one. Which keys were free; other events are left out.

    An event without a customer gets the one that its visitor turned out to be.
    """
    given = {
        "workspace": events[0].workspace_id,
        "ids": octets_array(uuid7_bytes(len(events))),
        "keys": nullable_array([key.hex() for key in keys]),
        "customers": nullable_array([_hex(event.customer_id) for event in events]),
        "visitors": text_array([event.anonymous_id for event in events]),
        "kinds": text_array([event.kind for event in events]),
        "names": text_array([event.name for event in events]),
        "products": text_array([event.product_external_id for event in events]),
        "recommendations": nullable_array([_hex(event.recommendation_id) for event in events]),
        "properties": text_array([_json(event.properties) for event in events]),
        "contexts": text_array([_json(event.context) for event in events]),
        "happened": text_array([event.happened_at.isoformat() for event in events]),
        "received": text_array([event.received_at.isoformat() for event in events]),
    }
    return {bytes(key) for (key,) in read(_WRITE, given)}


def _hex(value: UUID | None) -> str:
    return value.hex if value else ""


def _json(value: object) -> str:
    return (value if isinstance(value, bytes) else as_json(value)).decode()  # type: ignore[arg-type]
