"""Moves what the gate counted from Valkey to PostgreSQL, each count once.

1. Rename the running hash, so that no further count reaches it; a batch an earlier run left is taken too.
2. In one transaction: note the batch's id, add its counts to the answers' rows. A known id adds nothing.
3. Delete the batch. A run killed before this finds it again and step 2 adds nothing.
What Valkey holds and has not moved yet is lost with it: a power failure loses at most its last second.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import redis
from django.db import connection, transaction
from django.utils import timezone

from omotenashi.marks import valkey
from omotenashi.records import uuid7
from personalization.answers.gate import EXPOSURES
from personalization.models import ExposureBatch

_BATCH = f"{EXPOSURES}:batch:"
_WAITING = f"{EXPOSURES}:waiting"
KEPT_FOR = timedelta(days=7)
_ADD = """
UPDATE personalization_recommendation own SET exposures = own.exposures + counted.times
FROM unnest(%s::uuid[], %s::int[]) AS counted(id, times) WHERE own.id = counted.id
"""


def store_exposures() -> int:
    """How many exposures were added."""
    batch_id = str(uuid7())
    valkey().sadd(_WAITING, batch_id)
    with suppress(redis.ResponseError):  # nothing was counted since the last run
        valkey().rename(EXPOSURES, f"{_BATCH}{batch_id}")
    stored = sum(_store(UUID(name.decode())) for name in list(valkey().sscan_iter(_WAITING)))
    ExposureBatch.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return stored


def _store(batch_id: UUID) -> int:
    found: Any = valkey().hgetall(f"{_BATCH}{batch_id}")
    counted = {UUID(field.decode()): int(times) for field, times in found.items()}
    with transaction.atomic():
        _, is_new = ExposureBatch.objects.get_or_create(id=batch_id)
        if is_new:
            with connection.cursor() as cursor:
                cursor.execute(_ADD, [list(counted), list(counted.values())])
    valkey().delete(f"{_BATCH}{batch_id}")
    valkey().srem(_WAITING, str(batch_id))
    return sum(counted.values()) if is_new else 0
