"""How many of an audience get a mail, and why the others get none: what preparation would write, counted by
the database in one statement.

Each address counts once, for the customer with the lowest key, as preparation does. What `addressing.py`
decides for one reader is decided here for all, in the same order; a test compares the two. Only the hour is
one for all: caps are counted around the hour of the form, and not around each recipient's own.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.mailings.caps import FULL, RECENT, Cap
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.engine.assignment import first_kept, hold_out_prefix
from personalization.mailings.engine.preferences import Frequency, gap_of
from personalization.mailings.models import Campaign
from personalization.mailings.rows import arms_salt
from personalization.models import Customer

REASONS = ("invalid", "suppressed", "declined", "capped", "too_soon", "held_out")
"""In the order in which they are asked; the first that holds counts."""
SAMPLE = 10
# Surely an address that is its own spelling. All others are few, and `normalize_address` judges them.
_PLAIN = r"^[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}$"
_PLAIN_LENGTH = 64
_ODD = """
SELECT DISTINCT address FROM ({audience}) AS a(id, address, locale)
WHERE address !~ %s OR length(address) > %s
"""
# `r.number` is the address, after a letter that says whose limit it is: the shop's, or the reader's own.
_COUNT = f"""
WITH {RECENT}, odd AS (
    SELECT * FROM unnest(%s::text[], %s::text[]) AS o(written, address)
), people AS MATERIALIZED (
    SELECT DISTINCT ON (address) * FROM (
        SELECT a.id, coalesce(odd.address, a.address) AS address, a.locale,
               odd.written IS NOT NULL AND odd.address IS NULL AS is_invalid
        FROM ({{audience}}) AS a(id, address, locale) LEFT JOIN odd ON odd.written = a.address
    ) AS own ORDER BY address, id
), wished AS MATERIALIZED (
    SELECT p.id, p.address, p.is_invalid, coalesce(nullif(w.locale, ''), nullif(p.locale, ''), %s) AS locale,
           w.frequency, coalesce(%s = ANY(w.declined_kinds), false) AS declines,
           EXISTS (SELECT FROM mailings_suppression s
                   WHERE s.workspace_id = %s AND s.address_normalized = p.address) AS is_suppressed
    FROM people p
    LEFT JOIN mailings_mailpreference w ON w.workspace_id = %s AND w.address_normalized = p.address
), r AS (
    SELECT address, %s::timestamptz AS at, %s::int AS mails, %s::interval AS span, 's' || address AS number
    FROM wished WHERE %s
    UNION ALL
    SELECT address, %s::timestamptz, 1, asked.span, 'r' || address
    FROM wished JOIN unnest(%s::text[], %s::interval[]) AS asked(frequency, span) USING (frequency)
), used_up AS MATERIALIZED ({FULL}), judged AS MATERIALIZED (
    SELECT id, locale, CASE
        WHEN is_invalid THEN 'invalid'
        WHEN is_suppressed THEN 'suppressed'
        WHEN declines THEN 'declined'
        WHEN 's' || address IN (SELECT number FROM used_up) THEN 'capped'
        WHEN 'r' || address IN (SELECT number FROM used_up) THEN 'too_soon'
        WHEN %s AND substring(sha256(%s || convert_to(replace(id::text, '-', ''), 'UTF8')) FROM 1 FOR 8) < %s
            THEN 'held_out'
        ELSE 'mails' END AS reason
    FROM wished
)
SELECT reason, locale, count(*), NULL::uuid FROM judged GROUP BY 1, 2
UNION ALL
(SELECT 'sample', locale, 0, id FROM judged WHERE reason = 'mails' ORDER BY id LIMIT %s)
"""  # noqa: S608 - constants
_SPANS = {own.value: gap for own in Frequency if (gap := gap_of(own))}


@dataclass(frozen=True)
class Plan:
    """What decides beside the audience. `campaign` is None where it was never saved: nobody is drawn yet."""

    workspace: Workspace
    kind: str
    cap: Cap | None
    at: datetime
    hold_out_percent: float
    campaign: Campaign | None


@dataclass
class HeadCount:
    """Of addresses, each once."""

    by_reason: Counter[str] = field(default_factory=Counter)
    """`REASONS`, and `mails` for those who get one."""
    by_locale: Counter[str] = field(default_factory=Counter)
    """In the language their reader chose, else the shop's; with those who get no mail."""
    sample: dict[uuid.UUID, str] = field(default_factory=dict)
    """Customers who get one, each with the language of the mail."""


def count_heads(customers: QuerySet[Customer], *, plan: Plan) -> HeadCount:
    """Two statements, however many there are."""
    people = customers.order_by().values("pk", "email_normalized", "locale")
    audience, parameters = people.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_ODD.format(audience=audience), [*parameters, _PLAIN, _PLAIN_LENGTH])
        odd = [written for (written,) in cursor.fetchall()]
        given = [*_before(plan, odd=odd), *parameters, *_after(plan)]
        cursor.execute(_COUNT.format(audience=audience), given)
        return _added_up(cursor.fetchall())


def _before(plan: Plan, *, odd: Sequence[str]) -> list[Any]:
    """The statement's values up to the audience's own."""
    longest = max(plan.cap.span if plan.cap else timedelta(0), *_SPANS.values())
    since = min(plan.at, timezone.now()) - longest
    own = plan.campaign.pk if plan.campaign else None
    return [plan.workspace.pk, own, since, odd, [normalize_address(written) for written in odd]]


def _after(plan: Plan) -> list[Any]:
    cap, key = plan.cap, plan.workspace.pk
    draws = plan.campaign is not None and plan.hold_out_percent > 0
    prefix = hold_out_prefix(arms_salt(plan.campaign)) if plan.campaign else b""
    return [
        plan.workspace.default_locale, plan.kind, key, key,
        plan.at, cap.mails if cap else 1, cap.span if cap else timedelta(0), cap is not None,
        plan.at, list(_SPANS), list(_SPANS.values()),
        draws, prefix, first_kept(plan.hold_out_percent), SAMPLE,
    ]  # fmt: skip


def _added_up(rows: Sequence[tuple[str, str, int, uuid.UUID | None]]) -> HeadCount:
    found = HeadCount()
    for reason, locale, people, customer_id in rows:
        if customer_id is not None:
            found.sample[customer_id] = locale
            continue
        found.by_reason[reason] += people
        found.by_locale[locale] += people
    return found
