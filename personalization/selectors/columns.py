"""Rows of a query as columns, by COPY."""

import io
from collections.abc import Mapping
from typing import Any

import polars as pl
from django.db import connection


def query_frame(query: str, parameters: Mapping[str, Any], *, schema: Mapping[str, Any]) -> pl.DataFrame:
    """A query's rows, by COPY: several times faster than fetching them one by one. Null comes as empty."""
    text = io.BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", parameters) as copy,
    ):
        for piece in copy:
            text.write(piece)
    text.seek(0)
    if not text.getbuffer().nbytes:
        return pl.DataFrame(schema=dict(schema))
    return pl.read_csv(text, has_header=False, new_columns=list(schema), schema=dict(schema))
