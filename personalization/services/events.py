"""Writing events: by COPY, into monthly partitions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from omotenashi.records import uuid7

_COLUMNS = (
    "id", "workspace_id", "customer_id", "anonymous_id", "kind", "name", "product_external_id",
    "recommendation_id", "properties", "context", "happened_at", "received_at",
)  # fmt: skip


@dataclass(frozen=True)
class NewEvent:
    workspace_id: UUID
    customer_id: UUID | None
    anonymous_id: str
    kind: str
    name: str
    product_external_id: str
    happened_at: datetime
    received_at: datetime
    properties: Mapping[str, Any]
    context: Mapping[str, Any]
    recommendation_id: UUID | None = None


def copy_events(events: Iterable[NewEvent]) -> int:
    statement = f"COPY personalization_event ({', '.join(_COLUMNS)}) FROM STDIN"
    written = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for event in events:
            copy.write_row(_row(event))
            written += 1
    return written


def ensure_months(days: Sequence[date]) -> int:
    """Make the partitions of these days' months that are not there yet; how many were made."""
    firsts = sorted({day.replace(day=1) for day in days})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE personalization_event_month(first)) FROM unnest(%s::date[]) first",
            [firsts],
        )
        return int(cursor.fetchone()[0])


def _row(event: NewEvent) -> tuple[Any, ...]:
    return (
        uuid7(),
        event.workspace_id,
        event.customer_id,
        event.anonymous_id,
        event.kind,
        event.name,
        event.product_external_id,
        event.recommendation_id,
        json.dumps(event.properties),
        json.dumps(event.context),
        event.happened_at,
        event.received_at,
    )
