"""Claims message ids, once each and for ever, in the caller's transaction."""

from collections.abc import Collection

from django.db import connection

from personalization.arrays import octets_array

TAKEN = "SELECT uuid_send(id) FROM personalization_eventkey WHERE id = ANY(%(keys)s::uuid[])"
"""Those that a committed transaction has claimed. Locks nothing, waits for nobody."""
_CLAIM = (
    "INSERT INTO personalization_eventkey (id) SELECT * FROM unnest(%(keys)s::uuid[])"
    " ON CONFLICT (id) DO NOTHING RETURNING uuid_send(id)"
)
_CHECK = "SET CONSTRAINTS ALL IMMEDIATE; "


def claim(keys: Collection[bytes], *, check_references: bool = False) -> set[bytes]:
    """Those of the keys that were free and are now ours.

    Waits for a transaction that has claimed one of them and has not ended; sorted, so that two such
    transactions never wait for each other. References of what was written are checked before, not at commit:
    nobody shall wait for that who holds one of the messages.
    """
    if not keys and not check_references:
        return set()
    with connection.cursor() as cursor:
        cursor.execute((_CHECK if check_references else "") + _CLAIM, {"keys": octets_array(sorted(keys))})
        if check_references:
            cursor.nextset()
        return {bytes(key) for (key,) in cursor.fetchall()}
