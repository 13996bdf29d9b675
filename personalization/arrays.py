"""Lists as PostgreSQL writes arrays, to be cast where they are used.

Adapting a thousand texts or UUIDs one by one costs more than looking them up.
"""

from collections.abc import Iterable
from uuid import UUID

NOTHING = "{}"


def text_array(texts: Iterable[str]) -> str:
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(quoted) + '"}' if quoted else NOTHING


def nullable_array(words: Iterable[str]) -> str:
    """Of words that need no quotes, such as UUIDs; an empty one is NULL."""
    return "{" + ",".join([word or "NULL" for word in words]) + "}"


def uuid_array(uuids: Iterable[UUID]) -> str:
    return octets_array([one.bytes for one in uuids])


def octets_array(uuids: Iterable[bytes]) -> str:
    """Of UUIDs as 16 bytes each."""
    return "{" + ",".join([one.hex() for one in uuids]) + "}"
