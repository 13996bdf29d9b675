"""Claims message ids, once each and for ever, in the caller's transaction."""

from collections.abc import Sequence

from django.db import connection

from personalization.engine.event_rows import binary_keys

FEW = 64
"""Up to here one statement beats a look-up and a COPY."""


def claim(keys: Sequence[bytes], *, careful: bool) -> set[bytes]:
    """Those of the keys that were free and are now ours.

    Sorted, so that two calls with the same messages wait for each other instead of deadlocking. Many keys are
    copied in after a look-up: half the cost of `ON CONFLICT`, but a key that another transaction takes in
    between raises IntegrityError. The caller then begins anew, `careful`.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return set()
    return _insert(wanted) if careful or len(wanted) <= FEW else _copy(wanted)


def _insert(wanted: Sequence[bytes]) -> set[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO personalization_eventkey (id) SELECT * FROM unnest(%s::uuid[])"
            " ON CONFLICT (id) DO NOTHING RETURNING uuid_send(id)",
            [_array(wanted)],
        )
        return {bytes(key) for (key,) in cursor.fetchall()}


def _copy(wanted: Sequence[bytes]) -> set[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_send(id) FROM personalization_eventkey WHERE id = ANY(%s::uuid[])", [_array(wanted)]
        )
        taken = {bytes(key) for (key,) in cursor.fetchall()}
        free = [key for key in wanted if key not in taken]
        if free:
            statement = "COPY personalization_eventkey (id) FROM STDIN (FORMAT binary)"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                copy.write(binary_keys(free))
    return set(free)


def _array(keys: Sequence[bytes]) -> str:
    """As PostgreSQL writes an array: adapting a thousand UUID objects would cost more than claiming them."""
    return "{" + ",".join(key.hex() for key in keys) + "}"
