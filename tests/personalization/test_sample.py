"""The sample shop's history in the tables."""

from collections.abc import Callable
from datetime import UTC, datetime

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.models import Consent, Customer, Event, Order, OrderLine
from personalization.sample import load_sample_history

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


def test_it_loads_once_whatever_is_asked_twice(
    workspace: Workspace, product_factory: Callable[..., Product]
) -> None:
    first = load_sample_history(workspace, seed=7, until=UNTIL, customers=12, days=120)
    assert first.customers == Customer.objects.count() == Consent.objects.count() == 12
    assert first.orders == Order.objects.count() > 0
    assert first.lines == OrderLine.objects.count() > first.orders
    assert first.events == Event.objects.count() > 0
    again = load_sample_history(workspace, seed=7, until=UNTIL, customers=12, days=120)
    assert (again.customers, again.orders, again.lines, again.events) == (0, 0, 0, 0)
    assert Order.objects.filter(customer=None).count() == 0
