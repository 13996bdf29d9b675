"""Runs the hot queries: as prepared statements, with values and rows in PostgreSQL's binary form.

Django's own cursor writes the values into the text, so that each query is read and planned anew: that costs
several times what most of them cost to run.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection

Rows = list[tuple[Any, ...]]


def read(query: str, given: Mapping[str, Any]) -> Rows:
    with _cursor() as cursor:
        _execute(cursor, query, given)
        return cursor.fetchall()


def write(query: str, given: Mapping[str, Any]) -> None:
    with _cursor() as cursor:
        _execute(cursor, query, given)


def read_with(query: str, given: Mapping[str, Any], *, local: Sequence[str]) -> Rows:
    """`local`: settings of PostgreSQL for this query alone. All of it leaves in one packet."""
    is_own = not connection.in_atomic_block
    with _cursor() as cursor, cursor.connection.pipeline():
        if is_own:
            cursor.execute("BEGIN")
        for setting in local:
            cursor.execute(f"SET LOCAL {setting}")
        _execute(cursor, query, given)
        rows = cursor.fetchall()
        if is_own:
            cursor.execute("COMMIT")
        return rows


def uuid_array(ids: Iterable[UUID | None]) -> str:
    """For `%(ids)s::uuid[]`, written out: psycopg would take longer over each of them."""
    return "{" + ",".join([own.hex if own else "NULL" for own in ids]) + "}"


def _execute(cursor: "psycopg.Cursor[Any]", query: str, given: Mapping[str, Any]) -> None:
    if connection.queries_logged:  # as Django's own cursor does, for tests that count
        connection.queries_log.append({"sql": query, "time": ""})
    try:
        cursor.execute(query, given, prepare=settings.DATABASE_PREPARED, binary=True)
    except psycopg.Error as error:
        # Django's names for what went wrong: the API and the hot path look for those.
        with connection.wrap_database_errors:
            raise error


def _cursor() -> "psycopg.Cursor[Any]":
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)
