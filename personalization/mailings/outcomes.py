"""What came of a campaign: clicks and orders by variant, and what the mailing added over those held out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from personalization.mailings.carried import copy_carried
from personalization.mailings.engine.assignment import HOLD_OUT
from personalization.mailings.engine.sequential import Difference, Group, compare, winner
from personalization.mailings.models import Campaign

CLICK_DAYS = 1
"""A click counts within a day of the mail; most come within hours, and a test need not wait for the rest."""
# Each mail counts once its time is over: people come into the comparison one by one, as the intervals
# that may
# be looked at any time ask for. Mails after the decision carry the winner and are no part of the test.
_BY_VARIANT = """
SELECT m.variant, count(*),
       count(*) FILTER (WHERE m.state = 'sent'),
       count(*) FILTER (WHERE counts.click),
       count(*) FILTER (WHERE counts.click AND clicked.yes),
       count(*) FILTER (WHERE counts.purchase),
       count(*) FILTER (WHERE counts.purchase AND bought.orders > 0),
       coalesce(sum(clicked.yes::int) FILTER (WHERE m.state = 'sent'), 0),
       coalesce(sum(bought.orders), 0), coalesce(sum(bought.revenue), 0)
FROM mailings_message m
CROSS JOIN LATERAL (SELECT
    m.state = 'sent' AND m.sent_at < %(before)s AND m.sent_at <= %(now)s - %(click)s AS click,
    m.state = 'sent' AND m.sent_at < %(before)s AND m.sent_at <= %(now)s - %(window)s AS purchase) counts
CROSS JOIN LATERAL (SELECT m.state = 'sent' AND (
    EXISTS (SELECT 1 FROM mailings_mailreport r WHERE r.message_id = m.id AND r.kind = 'clicked'
            AND r.at <= m.sent_at + %(click)s)
    OR EXISTS (SELECT 1 FROM mailings_mailclick k WHERE k.message_id = m.id AND k.at <= m.sent_at + %(click)s)
    OR EXISTS (SELECT 1 FROM personalization_event e WHERE e.recommendation_id = m.recommendation_id
               AND e.customer_id = m.customer_id AND e.name IN ('Product Clicked', 'Product Viewed')
               AND e.happened_at BETWEEN m.sent_at AND m.sent_at + %(click)s)) AS yes) clicked
LEFT JOIN LATERAL (
    SELECT count(*) AS orders, sum(o.revenue) AS revenue FROM personalization_order o
    WHERE o.customer_id = m.customer_id AND o.status = 'placed'
      AND o.placed_at > m.sent_at AND o.placed_at <= m.sent_at + %(window)s
      -- The last touch: no later mail of any campaign came between.
      AND NOT EXISTS (SELECT 1 FROM mailings_message later WHERE later.customer_id = m.customer_id
                      AND later.sent_at > m.sent_at AND later.sent_at < o.placed_at)
) bought ON m.state = 'sent'
WHERE m.campaign_id = %(campaign)s AND m.workspace_id = %(workspace)s AND m.variant <> %(hold_out)s
  AND NOT (m.variant = '' AND m.state = 'skipped')
GROUP BY m.variant ORDER BY m.variant
"""
# The same days for both groups, whoever was written to and whenever: what counts is who was meant to get it.
_ADDED = """
SELECT m.variant = %(hold_out)s, count(*), count(*) FILTER (WHERE bought.orders > 0),
       coalesce(sum(bought.revenue), 0)
FROM mailings_message m
CROSS JOIN LATERAL (
    SELECT count(*) AS orders, sum(o.revenue) AS revenue FROM personalization_order o
    WHERE o.customer_id = m.customer_id AND o.status = 'placed'
      AND o.placed_at >= %(start)s AND o.placed_at < %(end)s
) bought
WHERE m.campaign_id = %(campaign)s AND m.workspace_id = %(workspace)s AND m.variant <> ''
GROUP BY 1
"""


@dataclass(frozen=True)
class Arm:
    """One variant; `name` is empty where the campaign compares nothing."""

    name: str
    people: int
    sent: int
    by_clicks: Group
    by_orders: Group
    clicks: int
    """People who clicked so far."""
    orders: int
    """Attributed so far: last touch, within the campaign's days."""
    revenue: Decimal


@dataclass(frozen=True)
class Added:
    """Buyers among those meant to get the mail, against those held out."""

    mailed: Group
    held_out: Group
    difference: Difference
    mailed_revenue: Decimal
    held_out_revenue: Decimal
    until: datetime | None
    """When the last order that counts may come; None while mails still go out."""
    is_final: bool

    @property
    def orders(self) -> tuple[float, float, float]:
        """Buyers that the mailing added: the estimate, and the interval."""
        people = self.mailed.people
        return (
            people * self.difference.estimate,
            people * self.difference.low,
            people * self.difference.high,
        )


def arms_of(campaign: Campaign, *, now: datetime) -> list[Arm]:
    given = _given(campaign) | {
        "now": now, "before": campaign.decided_at or now,
        "click": timedelta(days=CLICK_DAYS), "window": timedelta(days=campaign.attribution_days),
    }  # fmt: skip
    return [
        Arm(
            name,
            people,
            sent,
            Group(on_click, clicked),
            Group(on_order, bought),
            clicks,
            int(orders),
            revenue,
        )
        for name, people, sent, on_click, clicked, on_order, bought, clicks, orders, revenue in _rows(
            _BY_VARIANT, given=given
        )
    ]


def added_by(campaign: Campaign, *, now: datetime) -> Added | None:
    """None where nobody is held out."""
    if not campaign.hold_out_percent or campaign.started_at is None:
        return None
    window = timedelta(days=campaign.attribution_days)
    until = campaign.finished_at + window if campaign.finished_at else None
    given = _given(campaign) | {"start": campaign.started_at, "end": until or now + window}
    groups = {
        is_held: (Group(people, buyers), revenue)
        for is_held, people, buyers, revenue in _rows(_ADDED, given=given)
    }
    mailed, mailed_revenue = groups.get(False, (Group(0, 0), Decimal(0)))
    held_out, held_out_revenue = groups.get(True, (Group(0, 0), Decimal(0)))
    planned = max(mailed.people + held_out.people, 1)
    return Added(
        mailed,
        held_out,
        compare(mailed, held_out, planned_people=planned),
        mailed_revenue,
        held_out_revenue,
        until,
        is_final=until is not None and until <= now,
    )


def leading(arms: Iterable[Arm], *, rule: str) -> str | None:
    """The variant that is surely better by the rule; None while that is open."""
    groups: Mapping[str, Group] = {
        arm.name: arm.by_orders if rule == "orders" else arm.by_clicks for arm in arms if arm.name
    }
    planned = max(sum(group.people for group in groups.values()), 1_000)
    return winner(groups, planned_people=planned)


def _given(campaign: Campaign) -> dict[str, Any]:
    return {"campaign": campaign.pk, "workspace": campaign.workspace_id, "hold_out": HOLD_OUT}


def _rows(statement: str, *, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def outcome_report(campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    """For the campaign's page and the API, in numbers of people; shares are from 0 to 1."""
    arms = arms_of(campaign, now=now) if campaign.started_at else []
    added = added_by(campaign, now=now)
    copy = copy_carried(campaign)
    return {
        "winner": campaign.winner,
        "leading": leading(arms, rule=campaign.winner_rule or "clicks") or "",
        "variants": [_told(arm) | {"copy": copy.get(arm.name, [])} for arm in arms],
        "hold_out": _added(added) if added else None,
    }


def _told(arm: Arm) -> dict[str, Any]:
    return {
        "name": arm.name, "people": arm.people, "sent": arm.sent, "clicks": arm.clicks,
        "orders": arm.orders, "revenue": arm.revenue,
        "click_share": arm.by_clicks.share, "order_share": arm.by_orders.share,
        "counted_for_clicks": arm.by_clicks.people, "counted_for_orders": arm.by_orders.people,
    }  # fmt: skip


def _added(added: Added) -> dict[str, Any]:
    estimate, low, high = added.orders
    return {
        "mailed": added.mailed.people, "mailed_buyers": added.mailed.successes,
        "held_out": added.held_out.people, "held_out_buyers": added.held_out.successes,
        "added_buyers": estimate, "added_low": low, "added_high": high,
        "is_conclusive": added.is_final and added.difference.is_conclusive,
        "is_final": added.is_final, "is_early": added.difference.is_early, "until": added.until,
    }  # fmt: skip
