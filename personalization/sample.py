"""Loads the sample shop's invented history: orders as an orders file is, events as the API takes them."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from django.db import transaction

from omotenashi.accounts.models import Workspace
from omotenashi.sample_shop.history import History, generate_history
from personalization.engine.segment import parse_time, read_event
from personalization.models import Consent, Customer
from personalization.models.customers import normalize_email
from personalization.services.events import ensure_months
from personalization.services.ingest import ingest
from personalization.services.orders_import import load_lines

EVENTS_PER_CALL = 5_000
CONSENT_SOURCE = "sample shop"


@dataclass(frozen=True)
class SampleLoaded:
    """What is new; a second run with the same seed and `until` finds nothing new."""

    customers: int
    orders: int
    lines: int
    events: int


def load_sample_history(
    workspace: Workspace, *, seed: int, until: datetime, customers: int = 400, days: int = 540
) -> SampleLoaded:
    """Does not learn: enqueue or call `personalization.learn` afterwards."""
    history = generate_history(seed=seed, until=until, customers=customers, days=days)
    with transaction.atomic():
        new_customers = _load_customers(workspace, history)
        written = load_lines(workspace, lines=_order_lines(history, workspace=workspace), source="sample")
    return SampleLoaded(
        customers=new_customers,
        orders=written.orders,
        lines=written.lines,
        events=_load_events(workspace, history, until=until),
    )


def _load_customers(workspace: Workspace, history: History) -> int:
    known = set(Customer.objects.for_workspace(workspace).values_list("external_id", flat=True))
    new = [person for person in history.customers if person.external_id not in known]
    rows = [
        Customer(
            workspace=workspace,
            external_id=person.external_id,
            email=person.email,
            email_normalized=normalize_email(person.email),
            first_name=person.first_name,
            last_name=person.last_name,
            locale=person.locale,
            country=person.country,
            time_zone=person.time_zone,
        )
        for person in new
    ]
    Customer.objects.bulk_create(rows)
    Consent.objects.bulk_create(
        Consent(
            workspace=workspace, customer=row, granted=person.email_consent, source=CONSENT_SOURCE,
            at=person.email_consent_at,
        )
        for row, person in zip(rows, new, strict=True)
    )  # fmt: skip
    return len(rows)


def _order_lines(history: History, *, workspace: Workspace) -> pl.DataFrame:
    countries = {person.external_id: person.country for person in history.customers}
    rows = [
        (order, line, countries.get(order.customer, "")) for order in history.orders for line in order.lines
    ]
    return pl.DataFrame(
        {
            "row": range(1, len(rows) + 1),
            "order": [order.external_id for order, _, _ in rows],
            "customer": [order.customer for order, _, _ in rows],
            "product": [line.product for _, line, _ in rows],
            "title": [""] * len(rows),
            "time": [order.placed_at for order, _, _ in rows],
            "quantity": [line.quantity for _, line, _ in rows],
            "price": [float(line.unit_price) for _, line, _ in rows],
            "country": [country for _, _, country in rows],
            "currency": [order.currency for order, _, _ in rows],
        }
    )


def _load_events(workspace: Workspace, history: History, *, until: datetime) -> int:
    moments = [parse_time(body["timestamp"]) for body in history.events]
    ensure_months([moment.date() for moment in moments if moment])
    accepted = 0
    for start in range(0, len(history.events), EVENTS_PER_CALL):
        bodies = history.events[start : start + EVENTS_PER_CALL]
        events = [read_event(body, kind=body["type"], received_at=until) for body in bodies]
        accepted += ingest(workspace, events=events, received_at=until).accepted
    return accepted
