"""The ledger of messages, written for many at a time: claim, intent and result are each one statement.

What a worker may write is fenced twice. A row's state and claim token must be what the worker believes, so
one that was thought dead writes nothing. And only `commit_wave` makes `in_doubt`, just before the final dots.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import connection

from personalization.mailings.engine.backoff import MAX_DEATHS, MAX_REPEATS
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Campaign
from personalization.selectors.reading import uuid_array

LEASE = timedelta(seconds=20)
"""A worker that is gone is noticed at once by its lock; the lease is for one that hangs."""

_CLAIM = """
WITH due AS (
    SELECT id FROM mailings_message
    WHERE campaign_id = %(campaign)s AND state = 'pending' AND not_before <= %(now)s
      AND EXISTS (SELECT FROM mailings_campaign c WHERE c.id = %(campaign)s AND c.state = 'sending')
    ORDER BY not_before, id LIMIT %(size)s FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE mailings_message m
    SET state = 'claimed', claim_token = %(token)s, lease_expires_at = %(until)s, attempts = attempts + 1,
        updated_at = %(now)s
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.customer_id, m.address_normalized, m.locale, m.message_id_header, m.idempotency_key,
              m.attempts, m.variant
)
SELECT claimed.id, customer_id, address_normalized, claimed.locale, message_id_header, idempotency_key,
       attempts, coalesce(c.first_name, ''), coalesce(c.last_name, ''), coalesce(c.country, ''),
       c.traits::text, variant
FROM claimed LEFT JOIN personalization_customer c ON c.id = claimed.customer_id ORDER BY claimed.id
"""
# Asked in one statement, after the bytes are out: is the claim still ours, does the campaign send, does the
# customer agree, is the address free, is everything the mail shows still to be had. A withdrawal that commits
# before it wins; one that commits after it came after DATA had begun.
_INTEND = """
WITH wanted AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(recommendations)s::uuid[], %(copies)s::uuid[])
        AS w(id, recommendation_id, copy_version_id)
), unfit AS (
    SELECT DISTINCT s.id FROM unnest(%(shown_by)s::uuid[], %(shown)s::uuid[]) AS s(id, product_id)
    LEFT JOIN LATERAL (SELECT * FROM catalog_product own WHERE own.id = s.product_id OFFSET 0) p ON true
    WHERE p.id IS NULL OR p.archived_at IS NOT NULL OR NOT p.available OR p.stock <= 0
), fit AS (
    SELECT m.id, w.recommendation_id, w.copy_version_id FROM wanted w
    -- OFFSET 0: each row by its key, as above. Joined freely, all that is claimed had its consent looked up.
    JOIN LATERAL (SELECT * FROM mailings_message own WHERE own.id = w.id OFFSET 0) m ON true
    WHERE m.state = 'claimed' AND m.claim_token = %(token)s AND m.lease_expires_at > %(now)s
      AND NOT EXISTS (SELECT FROM unfit WHERE unfit.id = m.id)
      AND EXISTS (SELECT FROM mailings_campaign c WHERE c.id = m.campaign_id AND c.state = 'sending')
      AND NOT EXISTS (SELECT FROM mailings_suppression s WHERE s.workspace_id = m.workspace_id
                      AND s.address_normalized = m.address_normalized)
      AND (SELECT t.granted FROM personalization_consent t WHERE t.customer_id = m.customer_id
           AND t.channel = 'email' ORDER BY t.at DESC, t.id DESC LIMIT 1)
)
UPDATE mailings_message m
SET state = 'in_doubt', handed_over_at = %(now)s, lease_expires_at = %(until)s, updated_at = %(now)s,
    recommendation_id = fit.recommendation_id, copy_version_id = fit.copy_version_id,
    reason = 'Handed over; no answer yet.'
FROM fit
-- IS NOT DISTINCT FROM: the key is to be used, and not the index of all that is claimed.
WHERE m.id = fit.id AND m.state IS NOT DISTINCT FROM 'claimed' AND m.claim_token = %(token)s RETURNING m.id
"""
_RECORD = """
UPDATE mailings_message m
SET state = r.state, reason = coalesce(nullif(r.reason, ''), m.reason),
    not_before = coalesce(r.not_before, m.not_before), sent_at = r.sent_at, bounced_at = r.bounced_at,
    attempts = m.attempts - r.uncounted, updated_at = %(now)s,
    claim_token = NULL, lease_expires_at = NULL
FROM unnest(%(ids)s::uuid[], %(sources)s::text[], %(states)s::text[], %(reasons)s::text[],
            %(not_before)s::timestamptz[], %(sent_at)s::timestamptz[], %(bounced_at)s::timestamptz[],
            %(uncounted)s::int[])
     AS r(id, source, state, reason, not_before, sent_at, bounced_at, uncounted)
WHERE m.id = r.id AND m.claim_token = %(token)s AND m.state = r.source
RETURNING m.id
"""
_KEEP = """
UPDATE mailings_message SET lease_expires_at = %(until)s
WHERE claim_token = %(token)s AND state = 'claimed' AND id = ANY(%(ids)s)
RETURNING id
"""


class Recipient(NamedTuple):
    """One claimed message, with all that is personal in its mail but the products."""

    id: uuid.UUID
    customer_id: uuid.UUID | None
    address: str
    locale: str
    message_id_header: str
    idempotency_key: str
    attempts: int
    first_name: str
    last_name: str
    country: str
    traits: str | None
    """JSON, as the shop gave it."""
    variant: str = ""


@dataclass(frozen=True)
class Intent:
    """A mail that is about to be closed, and what it shows."""

    id: uuid.UUID
    recommendation_id: uuid.UUID | None
    product_ids: Sequence[uuid.UUID] = ()
    copy_version_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Result:
    """One arrow of the drawing in engine/states.py, for one message."""

    id: uuid.UUID
    source: MessageState
    state: MessageState
    reason: str = ""
    not_before: datetime | None = None
    sent_at: datetime | None = None
    bounced_at: datetime | None = None
    is_uncounted: bool = False
    """What was not attempted does not use up an attempt."""


@dataclass
class Ledger:
    """The claims of one lane. `token` lives as long as the lane's session with the database."""

    token: uuid.UUID = field(default_factory=uuid.uuid4)

    def claim(self, campaign: Campaign, *, size: int, now: datetime) -> list[Recipient]:
        """pending → claimed for the next due messages; none when the campaign does not send."""
        given = {"campaign": campaign.pk, "size": size, "token": self.token, "now": now, "until": now + LEASE}
        return [Recipient(*row) for row in _together([(_CLAIM, given)])]

    def commit_wave(
        self, intents: Sequence[Intent], *, results: Sequence[Result], now: datetime, answer_within: timedelta
    ) -> set[uuid.UUID]:
        """claimed → in_doubt for those that may still go at this moment; durable when it returns.

        The results of the wave before are written with the same commit: one wait for the disk, not two.
        """
        shown = [(intent.id, product) for intent in intents for product in intent.product_ids]
        given = {
            "ids": uuid_array([intent.id for intent in intents]),
            "recommendations": uuid_array([intent.recommendation_id for intent in intents]),
            "copies": uuid_array([intent.copy_version_id for intent in intents]),
            "shown_by": uuid_array([own for own, _ in shown]),
            "shown": uuid_array([product for _, product in shown]),
            "token": self.token, "now": now, "until": now + answer_within,
        }  # fmt: skip
        record = [(_RECORD, self._columns(results, now=now))] if results else []
        return {row[0] for row in _together([*record, (_INTEND, given)])}

    def record(self, results: Sequence[Result], *, now: datetime) -> None:
        """What became of them; rows that are no longer ours stay as they are."""
        if results:
            _together([(_RECORD, self._columns(results, now=now))])

    def _columns(self, results: Sequence[Result], *, now: datetime) -> dict[str, Any]:
        return {
            "ids": uuid_array([own.id for own in results]),
            "sources": [own.source.value for own in results],
            "states": [own.state.value for own in results],
            "reasons": [own.reason for own in results],
            "not_before": [own.not_before for own in results],
            "sent_at": [own.sent_at for own in results],
            "bounced_at": [own.bounced_at for own in results],
            "uncounted": [int(own.is_uncounted) for own in results],
            "token": self.token,
            "now": now,
        }

    def keep(self, ids: Sequence[uuid.UUID], *, now: datetime) -> None:
        """Extend the lease of what is claimed and not yet attempted."""
        if ids:
            _together([(_KEEP, {"ids": list(ids), "token": self.token, "until": now + LEASE})])

    def hold(self) -> None:
        """Lock the token for as long as this session lives, so that others see at once when it is gone."""
        _together([("SELECT pg_advisory_lock(%(key)s)", {"key": lock_key(self.token)})])

    def let_go(self) -> None:
        """Nothing is claimed any more; the session may be used for something else."""
        _together([("SELECT pg_advisory_unlock(%(key)s)", {"key": lock_key(self.token)})])


def lock_key(token: uuid.UUID) -> int:
    """Of the session's advisory lock: the token's first eight bytes, as `_HELD` below reads them back."""
    return int.from_bytes(token.bytes[:8], "big", signed=True)


def return_dead_claims(*, now: datetime, may_repeat: bool, sessions_are_ours: bool = True) -> dict[str, int]:
    """claimed → pending for lanes that are gone: nothing of theirs was handed over.

    Gone is a lane whose session has lost its lock, or whose lease is over. A row it held for the twentieth
    time fails instead. With `may_repeat` (the relay drops what it has seen) what is in doubt goes back as
    well. Not `sessions_are_ours`: behind a pooler a session outlives its worker, and only leases count.
    """
    given: dict[str, Any] = {
        "now": now,
        "by_lock": sessions_are_ours,
        "fatal": MAX_DEATHS,
        "repeats": MAX_REPEATS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RETURN, given)
        counts = {"returned": int(cursor.rowcount)}
        if may_repeat:
            cursor.execute(_REPEAT, given)
            counts["repeated"] = int(cursor.rowcount)
    return counts


_HELD = """
WITH held AS MATERIALIZED (
    SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""
_IS_GONE = """
(lease_expires_at IS NULL OR lease_expires_at < %(now)s OR %(by_lock)s AND (
    ('x' || left(replace(claim_token::text, '-', ''), 16))::bit(64)::bigint NOT IN (SELECT key FROM held)))
"""
_RETURN = (
    _HELD
    + """
UPDATE mailings_message
SET state = CASE WHEN deaths + 1 >= %(fatal)s THEN 'failed' ELSE 'pending' END,
    reason = CASE WHEN deaths + 1 >= %(fatal)s
             THEN 'Every worker that tried to write this mail died. See the workers'' log.'
             ELSE 'A worker died before handing it over.' END,
    deaths = deaths + 1, attempts = greatest(attempts - 1, 0), claim_token = NULL, lease_expires_at = NULL,
    updated_at = %(now)s
WHERE state = 'claimed' AND """
    + _IS_GONE
)
_REPEAT = (
    _HELD
    + """
UPDATE mailings_message
SET state = 'pending', reason = 'Handed over, no answer; sent again, for the relay drops what it has seen.',
    claim_token = NULL, lease_expires_at = NULL, updated_at = %(now)s
WHERE state = 'in_doubt' AND attempts < %(repeats)s AND """
    + _IS_GONE
)


def _together(statements: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[Any, ...]]:
    """In one transaction and one packet; the rows of the last. Any error: the session is closed.

    Prepared, with values in binary form: read and planned anew, a statement costs several times its run.
    """
    with connection.wrap_database_errors:
        connection.ensure_connection()
        assert connection.connection is not None
        link = connection.connection
        # Django switches prepared statements off for the whole session, whatever a statement asks for.
        link.prepare_threshold = 5 if settings.DATABASE_PREPARED else None
        is_own = not connection.in_atomic_block
        try:
            with psycopg.Cursor(link) as cursor:
                with link.pipeline():
                    if is_own:
                        link.execute("BEGIN")
                    for statement, given in statements:
                        cursor.execute(statement, given, prepare=settings.DATABASE_PREPARED, binary=True)
                    if is_own:
                        link.execute("COMMIT")
                while cursor.nextset():
                    pass
                return cursor.fetchall()
        except psycopg.Error:
            if is_own:
                connection.close()
            raise
