"""Writing events: by COPY, into monthly partitions."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection

from omotenashi.records import uuid7_bytes
from personalization.engine.event_rows import COLUMNS, NewEvent, binary_rows

__all__ = ["NewEvent", "copy_events", "ensure_months"]


def copy_events(events: Iterable[NewEvent]) -> int:
    rows = list(events)
    if rows:
        statement = f"COPY personalization_event ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(binary_rows(rows, ids=uuid7_bytes(len(rows))))
    return len(rows)


def ensure_months(days: Sequence[date]) -> int:
    """Make the partitions of these days' months that are not there yet; how many were made."""
    firsts = sorted({day.replace(day=1) for day in days})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE personalization_event_month(first)) FROM unnest(%s::date[]) first",
            [firsts],
        )
        return int(cursor.fetchone()[0])
