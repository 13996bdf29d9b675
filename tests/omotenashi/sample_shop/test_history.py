"""The invented past holds what a learner is meant to find, and nothing that could not have happened."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from omotenashi.sample_shop import load_products
from omotenashi.sample_shop.history import History, Order, generate_history

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCTS = {product["external_id"]: product for product in load_products()}


@pytest.fixture(scope="module")
def history() -> History:
    return generate_history(seed=7, until=UNTIL)


def small(*, seed: int = 7, until: datetime = UNTIL) -> History:
    return generate_history(seed=seed, until=until, customers=20, days=200)


def products_of(order: Order) -> set[str]:
    return {line.product for line in order.lines}


def test_it_makes_the_same_history_from_the_same_arguments() -> None:
    assert small() == small()


def test_it_makes_another_history_from_another_seed() -> None:
    assert small().orders != small(seed=8).orders


def test_it_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        small(until=datetime(2026, 3, 1))


def test_it_has_the_size_of_a_small_shop(history: History) -> None:
    assert len(history.customers) == 400
    assert 3_000 <= len(history.orders) <= 5_000
    assert 20_000 <= len(history.events) <= 35_000


def test_it_ends_when_it_should(history: History) -> None:
    newest = max(order.placed_at for order in history.orders)
    assert UNTIL - timedelta(days=2) < newest <= UNTIL
    assert max(event["timestamp"] for event in history.events) <= f"{UNTIL:%Y-%m-%dT%H:%M:%SZ}"
    assert all(c.created_at <= c.email_consent_at <= UNTIL for c in history.customers)


def test_it_lets_nobody_shop_before_they_joined(history: History) -> None:
    joined = {customer.external_id: customer.created_at for customer in history.customers}
    assert all(order.placed_at >= joined[order.customer] for order in history.orders)


def test_it_gives_every_customer_an_address_of_their_own_that_reaches_nobody(history: History) -> None:
    emails = {customer.email for customer in history.customers}
    assert len(emails) == len(history.customers)
    assert {email.rpartition("@")[2] for email in emails} <= {"example.com", "example.org", "example.net"}
    assert all(email.isascii() for email in emails)


def test_it_mixes_languages_and_consent(history: History) -> None:
    locales = Counter(customer.locale for customer in history.customers)
    assert set(locales) == {"en-GB", "de-DE", "ja-JP"}
    assert min(locales.values()) > 50
    consent = sum(customer.email_consent for customer in history.customers) / len(history.customers)
    assert 0.65 < consent < 0.9


def test_it_sells_only_what_the_shop_has_at_the_shops_price(history: History) -> None:
    for order in history.orders:
        assert len(products_of(order)) == len(order.lines) > 0
        for line in order.lines:
            assert str(line.unit_price) == PRODUCTS[line.product]["price"]
            assert line.quantity >= 1


def test_it_follows_the_seasons(history: History) -> None:
    sold: dict[str, Counter[int]] = defaultdict(Counter)
    for order in history.orders:
        for product in products_of(order):
            sold[PRODUCTS[product]["categories"][0]][order.placed_at.month] += 1
    # Some months lie in the window twice, so shares of a month's sales count.
    everything = sum(sold.values(), Counter[int]())

    def share(room: str, *months: int) -> float:
        return sum(sold[room][m] for m in months) / sum(everything[m] for m in months)

    assert share("Garden & Balcony", 3, 4, 5) > 1.5 * share("Garden & Balcony", 11, 12, 1)
    assert share("Candles & Scent", 11, 12) > 1.5 * share("Candles & Scent", 5, 6, 7)
    assert share("Lighting", 11, 12) > 1.2 * share("Lighting", 5, 6, 7)


def test_it_is_busiest_before_christmas(history: History) -> None:
    months = Counter((order.placed_at.year, order.placed_at.month) for order in history.orders)
    assert max(months, key=lambda month: months[month])[1] in {11, 12}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("matcha-midori", "chasen-whisk"),
        ("planter-14", "seeds-thyme"),
        ("andon-washi-lamp", "bulb-e14"),
        ("ramen-bowl-kumo", "chopsticks-cherry"),
        ("iwa-teapot-black", "nami-cups-white"),
    ],
)
def test_it_puts_together_what_belongs_together(history: History, one: str, other: str) -> None:
    baskets = [products_of(order) for order in history.orders]
    of_one, of_other = sum(one in b for b in baskets), sum(other in b for b in baskets)
    together = sum({one, other} <= b for b in baskets)
    lift = together * len(baskets) / (of_one * of_other)
    assert together >= 5
    assert lift > 3


def test_it_repeats_a_purchase_when_the_thing_is_used_up(history: History) -> None:
    days = {(habit.customer, habit.product): habit.days for habit in history.true_habits}
    bought: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for order in history.orders:
        for line in order.lines:
            bought[order.customer, line.product].append((order.placed_at, line.quantity))
    ratios = [
        (later - earlier) / timedelta(days=days[key]) / quantity
        for key, times in bought.items()
        if key in days
        for (earlier, quantity), (later, _) in pairwise(times)
    ]
    assert len(ratios) > 1_000
    assert 0.85 < median(ratios) < 1.1
    assert sum(0.7 < ratio < 1.3 for ratio in ratios) / len(ratios) > 0.85


def test_it_has_new_customers_and_lapsed_ones(history: History) -> None:
    last = {order.customer: order.placed_at for order in history.orders}
    lapsed = sum(UNTIL - placed_at > timedelta(days=150) for placed_at in last.values())
    new = sum(UNTIL - customer.created_at < timedelta(days=60) for customer in history.customers)
    assert lapsed > 60
    assert new > 12


def test_it_sleeps_at_night(history: History) -> None:
    zones = {customer.external_id: ZoneInfo(customer.time_zone) for customer in history.customers}
    hours = Counter(order.placed_at.astimezone(zones[order.customer]).hour for order in history.orders)
    assert sum(hours[h] for h in (19, 20, 21)) > 8 * sum(hours[h] for h in (2, 3, 4))


def test_it_writes_events_as_segment_does(history: History) -> None:
    assert len({event["messageId"] for event in history.events}) == len(history.events)
    known = {customer.external_id for customer in history.customers}
    for event in history.events:
        assert event["type"] == "track"
        assert event["event"] in {"Product Viewed", "Product Added"}
        assert ("userId" in event) != ("anonymousId" in event)
        assert event.get("userId", event.get("anonymousId")) in known or event["anonymousId"].startswith(
            "visitor-"
        )
        assert event["properties"]["product_id"] in PRODUCTS


def test_it_shows_every_purchase_as_a_visit_first(history: History) -> None:
    added = Counter(
        (e.get("userId"), e["properties"]["product_id"])
        for e in history.events
        if e["event"] == "Product Added"
    )
    ordered = Counter((order.customer, product) for order in history.orders for product in products_of(order))
    assert all(added[key] >= count for key, count in ordered.items())
