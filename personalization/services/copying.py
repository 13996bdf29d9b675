"""Frames into tables, by COPY."""

import io

import polars as pl
from django.db import connection

from omotenashi.records import uuid7

CHUNK_BYTES = 1 << 20


def new_id() -> str:
    """SQL for a new row's id; PostgreSQL makes time-ordered ones itself from version 18."""
    return "uuidv7()" if connection.pg_version >= 180_000 else "gen_random_uuid()"  # type: ignore[attr-defined]


def uuid_column(count: int) -> pl.Series:
    return pl.Series("id", [str(uuid7()) for _ in range(count)], dtype=pl.String)


def copy_frame(frame: pl.DataFrame, *, table: str) -> int:
    """All columns by name. An empty text stays an empty text; null is written as \\N."""
    if frame.is_empty():
        return 0
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    text = io.BytesIO()
    frame.write_csv(text, include_header=False, null_value="\\N", datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z")
    view = text.getbuffer()
    statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, len(view), CHUNK_BYTES):
            copy.write(view[start : start + CHUNK_BYTES])
    return frame.height
