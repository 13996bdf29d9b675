"""Marks: random values in Valkey, one for each thing that kept answers depend on.

Whoever changes the thing replaces its mark after the commit and before it answers. An answer is kept with the
marks as they were *before* it was computed: while they are the same, nothing it stands on has changed.
"""

import secrets
from collections.abc import Iterable
from functools import cache
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import transaction

PREFIX = "omotenashi:mark"
EPOCH = f"{PREFIX}:epoch"
"""Replaced whenever Valkey may have forgotten something: see `personalization/answers/gate.py`."""
MOST_AT_ONCE = 1_000
_REPLACE = "for _, name in ipairs(KEYS) do redis.call('SET', name, ARGV[1], 'EX', ARGV[2]) end"
log = structlog.get_logger(__name__)


@cache
def valkey() -> redis.Redis:
    """Never waited for: what is kept there saves work, and without it the work is done."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def of_workspace(workspace_id: UUID) -> str:
    """Catalogue, stock, prices, placements, rules, model version: whatever is everybody's."""
    return f"{PREFIX}:{workspace_id}:all"


def of_keys(workspace_id: UUID) -> str:
    """The workspace's API keys."""
    return f"{PREFIX}:{workspace_id}:keys"


def of_customer(workspace_id: UUID, external_id: str) -> str:
    return f"{PREFIX}:{workspace_id}:c:{external_id}"


def of_visitor(workspace_id: UUID, anonymous_id: str) -> str:
    return f"{PREFIX}:{workspace_id}:v:{anonymous_id}"


def of_customers(workspace_id: UUID, external_ids: Iterable[str]) -> list[str]:
    """Of many at once: most of the time would go into writing the workspace's id."""
    start = of_customer(workspace_id, "")
    return [start + one for one in external_ids]


def of_visitors(workspace_id: UUID, anonymous_ids: Iterable[str]) -> list[str]:
    start = of_visitor(workspace_id, "")
    return [start + one for one in anonymous_ids]


def touch_workspace(workspace_id: UUID) -> None:
    transaction.on_commit(lambda: replace([of_workspace(workspace_id)]))


def touch_keys(workspace_id: UUID) -> None:
    transaction.on_commit(lambda: replace([of_keys(workspace_id)]))


def replace(names: Iterable[str]) -> None:
    """At once. Without Valkey nobody can check a kept answer, so none is served.

    Lost only where this process cannot reach a Valkey that others can: then an answer may live on until its
    time is over. Such a change is committed all the same, and the log says so.
    """
    wanted = list(names)
    # Longer than any answer lives; a mark that has run out differs from the one that was there.
    seconds = 3600 + 2 * settings.RECOMMENDATION_SECONDS
    try:
        for start in range(0, len(wanted), MOST_AT_ONCE):
            some = wanted[start : start + MOST_AT_ONCE]
            valkey().eval(_REPLACE, len(some), *some, secrets.token_hex(8), seconds)
    except redis.RedisError as error:
        log.warning("marks_not_replaced", error=type(error).__name__)
