"""Claims message ids, once each and for ever, in the caller's transaction."""

from collections.abc import Collection

from django.db import connection

from personalization.arrays import octets_array


def taken(keys: Collection[bytes]) -> set[bytes]:
    """Those of the keys that a committed transaction has claimed. Locks nothing, waits for nobody."""
    if not keys:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_send(id) FROM personalization_eventkey WHERE id = ANY(%s::uuid[])",
            [octets_array(sorted(keys))],
        )
        return {bytes(key) for (key,) in cursor.fetchall()}


def claim(keys: Collection[bytes]) -> set[bytes]:
    """Those of the keys that were free and are now ours.

    Waits for a transaction that has claimed one of them and has not ended; sorted, so that two such
    transactions never wait for each other.
    """
    if not keys:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO personalization_eventkey (id) SELECT * FROM unnest(%s::uuid[])"
            " ON CONFLICT (id) DO NOTHING RETURNING uuid_send(id)",
            [octets_array(sorted(keys))],
        )
        return {bytes(key) for (key,) in cursor.fetchall()}
