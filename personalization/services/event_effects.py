"""What events change beside the event table: profiles, consents, whose visitor it is, orders."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from omotenashi import jobs
from omotenashi.accounts.models import Workspace
from personalization.engine.countries import country_code
from personalization.engine.segment import IncomingEvent
from personalization.services.customers import link_visitors, update_profile
from personalization.services.orders import PlacedBy, record_orders


def have_effects(events: Iterable[IncomingEvent], *, owners: Mapping[str, UUID]) -> bool:
    return any(
        event.order or event.profile or (event.user_id and _links_someone(event, owners)) for event in events
    )


def update_people(
    workspace: Workspace, events: Sequence[IncomingEvent], *, customers: Mapping[str, UUID]
) -> None:
    """Profiles, consents, visitor links."""
    for event in sorted(events, key=lambda event: event.user_id):  # a customer's own keep their order
        if event.profile and event.user_id:
            update_profile(customers[event.user_id], profile=event.profile, at=event.happened_at)
    links = [link for event in events for link in _links(event, customers)]
    if links:
        link_visitors(workspace, links=links)


def place_orders(
    workspace: Workspace, events: Sequence[IncomingEvent], *, whose: Sequence[UUID | None]
) -> None:
    """And a job that renews the taste of those who bought."""
    placed = [
        PlacedBy(event.order, customer_id, event.anonymous_id, _country(event), event.happened_at)
        for event, customer_id in zip(events, whose, strict=True)
        if event.order
    ]
    if not placed:
        return
    record_orders(workspace, placed=placed, source="track")
    buyers = sorted({str(one.customer_id) for one in placed if one.customer_id})
    if buyers:
        jobs.enqueue("personalization.refresh_customers", workspace=workspace, customer_ids=buyers)


def _links_someone(event: IncomingEvent, owners: Mapping[str, UUID]) -> bool:
    return event.kind == "alias" or (event.anonymous_id != "" and event.anonymous_id not in owners)


def _links(event: IncomingEvent, customers: Mapping[str, UUID]) -> list[tuple[str, UUID]]:
    """Segment's rule: a message with both ids says that they are one person."""
    if not event.user_id:
        return []
    visitors = [event.anonymous_id, event.previous_id if event.kind == "alias" else ""]
    return [(visitor, customers[event.user_id]) for visitor in visitors if visitor]


def _country(event: IncomingEvent) -> str:
    location = event.context.get("location")
    country = location.get("country") if isinstance(location, Mapping) else None
    return country_code(country) if isinstance(country, str) else ""
