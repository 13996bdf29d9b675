"""The key under which a message id is remembered: 16 bytes, whatever the id's length.

SHA-256 of the workspace and the id, cut to 128 bits. Among ten thousand million messages the chance that any
two differing ids meet is below one in 10^18. Migration 0040 computes the same in SQL.
"""

from hashlib import sha256
from uuid import UUID


def message_key(workspace_id: UUID, *, message_id: str) -> bytes:
    return sha256(workspace_id.bytes + message_id.encode()).digest()[:16]
