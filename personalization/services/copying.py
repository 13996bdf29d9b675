"""Frames into tables, by COPY."""

import io
import os
import time

import numpy as np
import polars as pl
from django.db import connection

from personalization.binary import uuid_texts

CHUNK_BYTES = 1 << 20


def new_id() -> str:
    """SQL for a new row's id; PostgreSQL makes time-ordered ones itself from version 18."""
    return "uuidv7()" if connection.pg_version >= 180_000 else "gen_random_uuid()"  # type: ignore[attr-defined]


def uuid_column(count: int) -> pl.Series:
    """Time-ordered ids (RFC 9562, version 7), as `uuid7` makes one."""
    octets = np.frombuffer(os.urandom(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    milliseconds = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    octets[:, :6] = np.frombuffer(milliseconds, dtype=np.uint8)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x70
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    return pl.Series("id", uuid_texts(octets.view("V16").reshape(-1)), dtype=pl.String)


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
