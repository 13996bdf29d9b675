"""Writing events: by COPY, into monthly partitions."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection

from omotenashi.records import uuid7_bytes
from personalization.arrays import octets_array
from personalization.engine.event_rows import COLUMNS, NewEvent, binary_rows

__all__ = ["NewEvent", "copy_events", "delete_events", "ensure_months"]


def copy_events(events: Iterable[NewEvent]) -> list[bytes]:
    """Their ids, in rising order."""
    rows = list(events)
    ids = list(uuid7_bytes(len(rows)))
    if rows:
        statement = f"COPY personalization_event ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(binary_rows(rows, ids=iter(ids)))
    return ids


def delete_events(ids: Sequence[bytes]) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM personalization_event WHERE id = ANY(%s::uuid[])", [octets_array(ids)]
            )


def ensure_months(days: Sequence[date]) -> int:
    """Make the partitions of these days' months that are not there yet; how many were made."""
    firsts = sorted({day.replace(day=1) for day in days})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE personalization_event_month(first)) FROM unnest(%s::date[]) first",
            [firsts],
        )
        return int(cursor.fetchone()[0])
