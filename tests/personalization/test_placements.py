"""A placement's own strategy, through the API: rules, dates, quota, mix, relevance, and true traces."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Fact, Product
from personalization.models import Customer, Placement
from personalization.services.learning import learn_workspace
from personalization.services.recommending import recommend_many
from tests.personalization.conftest import ids_of

Ask = Callable[..., dict[str, Any]]
Save = Callable[..., None]


@pytest.fixture
def save(workspace: Workspace) -> Save:
    """The workspace's own settings of a placement."""

    def write(key: str = "home", **settings: Any) -> None:
        Placement.objects.update_or_create(workspace=workspace, key=key, defaults={"settings": settings})

    return write


@pytest.fixture
def kim(shelf: list[Product], place_order: Callable[..., Any]) -> str:
    """Bought p1 and p2 long ago, p2 twice: it is due again."""
    place_order([shelf[1], shelf[2]], customer="kim", days_ago=100)
    place_order([shelf[2]], customer="kim", days_ago=50)
    return "kim"


def test_it_filters_by_any_attribute(
    shelf: list[Product], product_factory: Callable[..., Product], workspace: Workspace, recommended: Ask
) -> None:
    red = product_factory(external_id="red", attributes={"color": "red", "size": "38"}, price="49.99")
    product_factory(external_id="blue", attributes={"color": "blue", "size": "n/a"}, price="60")
    Fact.objects.create(
        workspace=workspace, product=red, name="capacity", value="1.5", unit="l", kind="number"
    )
    for expression, expected in {
        'color == "red"': {"red"},
        "size < 40": {"red"},
        "capacity >= 1.5 and price < 50": {"red"},
        'color in ["red", "blue"] and not (size > 30)': {"blue"},
        '"c1" in categories': {"p1", "p6"},
        "age_days < 1 and attributes.color != null": {"red", "blue"},
    }.items():
        assert set(ids_of(recommended(filter=expression, count=50))) == expected, expression


def test_it_joins_the_request_s_filter_with_the_placement_s(
    shelf: list[Product], save: Save, recommended: Ask
) -> None:
    save(filter='"c1" in categories')
    assert set(ids_of(recommended(count=50))) == {"p1", "p6"}
    assert ids_of(recommended(count=50, filter='id != "p1"')) == ["p6"]
    assert ids_of(recommended(count=50, filter={"expression": 'id != "p1"', "price_max": "10.00"})) == ["p6"]


@pytest.mark.parametrize(("filter_", "pointer"), [
    ("price < ", "#/filter"), ("price = 5", "#/filter"), (7, "#/filter"), ("x" * 2_001, "#/filter"),
    ({"expression": "price <"}, "#/filter/expression"), ({"colour": "red"}, "#/filter/colour"),
    ("brand == '\x00'", "#/filter"),
])  # fmt: skip
def test_it_says_what_is_wrong_with_a_filter(api: APIClient, filter_: Any, pointer: str) -> None:
    response = api.post("/v1/recommendations", {"filter": filter_})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("text", ["'; DROP TABLE catalog_product; --", "%s %(people)s", '\\" or 1=1'])
def test_it_takes_an_injection_for_text(shelf: list[Product], recommended: Ask, text: str) -> None:
    assert recommended(filter=f'title == "{text}"')["items"] == []
    assert Product.objects.count() == 10


def test_it_filters_by_the_page_s_product(
    shelf: list[Product], product_factory: Callable[..., Product], save: Save, recommended: Ask
) -> None:
    save("product", filter="brand == $product.brand")
    Product.objects.filter(external_id__in=["p3", "p4", "p8"]).update(brand="Kiso")
    assert set(ids_of(recommended(placement="product", item_id="p4"))) == {"p3", "p8"}


def test_it_moves_products_up_and_down(shelf: list[Product], save: Save, recommended: Ask) -> None:
    page = {"placement": "product", "item_id": "p4"}
    assert ids_of(recommended(**page, count=2)) == ["p3", "p5"]
    save("product", rules=[
        {"action": "boost", "filter": 'id == "p2"', "weight": 3, "name": "Push p2"},
        {"action": "bury", "filter": 'id == "p3"', "weight": 0.1},
    ])  # fmt: skip
    answer = recommended(**page, count=50, explain=True)
    assert ids_of(answer)[:2] == ["p2", "p5"]
    assert answer["items"][0]["weights"] == {"Push p2": 3}
    assert ids_of(answer).index("p3") > ids_of(answer).index("p6")
    boosts = {boost["rule"]: boost["product_ids"] for boost in answer["trace"]["boosts"]}
    assert boosts == {"Push p2": ["p2"], 'bury id == "p3"': ["p3"]}


def test_it_moves_products_where_nothing_is_known(shelf: list[Product], save: Save, recommended: Ask) -> None:
    save(rules=[{"action": "boost", "filter": 'id == "p0"', "weight": 10}])
    assert ids_of(recommended(count=3))[0] == "p0"


def test_it_pins_the_best_of_a_filter_and_excludes_another(
    shelf: list[Product], save: Save, recommended: Ask
) -> None:
    save("product", rules=[
        {"action": "pin", "filter": 'id in ["p9", "p5"]', "position": 3, "name": "Autumn"},
        {"action": "exclude", "filter": 'id == "p3"', "name": "No p3"},
    ])  # fmt: skip
    answer = recommended(placement="product", item_id="p4", count=4, explain=True)
    assert ids_of(answer)[2] == "p5"  # nearer to the page than p9
    assert answer["items"][2]["rule"] == "Autumn"
    assert answer["items"][2]["stage"] == "promoted"
    assert "p3" not in ids_of(answer)
    Product.objects.filter(external_id="p5").update(stock=0)
    assert ids_of(recommended(placement="product", item_id="p4", count=4))[2] == "p9"


@pytest.mark.parametrize(("dates", "is_active"), [
    ({}, True), ({"from": -1}, True), ({"from": 1}, False), ({"until": 0}, True), ({"until": -1}, False),
    ({"from": 0, "until": 0}, True),
])  # fmt: skip
def test_it_follows_a_rule_on_its_days_only(
    shelf: list[Product], save: Save, recommended: Ask, workspace: Workspace, dates: dict[str, int],
    is_active: bool,
) -> None:  # fmt: skip
    """Days are the workspace's: in Auckland it is often tomorrow already."""
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Pacific/Auckland")
    workspace.refresh_from_db()
    today = timezone.now().astimezone(ZoneInfo("Pacific/Auckland")).date()
    days = {key: (today + timedelta(days=days)).isoformat() for key, days in dates.items()}
    save(rules=[{"action": "exclude", "filter": 'id == "p1"', **days}])
    assert ("p1" not in ids_of(recommended(count=50))) is is_active


def test_it_follows_a_rule_to_the_minute(shelf: list[Product], save: Save, recommended: Ask) -> None:
    now = timezone.now()
    for start, end, is_active in ((-2, 2, True), (1, 2, False), (-2, -1, False)):
        dates = {
            "from": (now + timedelta(minutes=start)).isoformat(),
            "until": (now + timedelta(minutes=end)).isoformat(),
        }
        save(rules=[{"action": "exclude", "filter": 'id == "p1"', **dates}])
        assert ("p1" not in ids_of(recommended(count=50))) is is_active


def test_it_promotes_at_most_the_quota_and_not_side_by_side(
    shelf: list[Product], save: Save, recommended: Ask
) -> None:
    pins = [{"action": "pin", "filter": f'id == "p{n}"', "position": 1, "name": f"Pin {n}"} for n in (1, 2)]
    save(rules=pins, promotion_quota=2, promotion_spacing=2)
    answer = recommended(count=6, promotions=[{"product_id": "p3"}], explain=True)
    places = [item["position"] for item in answer["items"] if item["stage"] == "promoted"]
    assert places == [1, 4]
    left_out = [one for one in answer["trace"]["promotions"] if one["position"] is None]
    assert [one["rule"] for one in left_out] == ["Pin 2"]
    assert "quota" in left_out[0]["why_not"]


def test_it_never_shows_in_discovery_what_was_bought_before(kim: str, recommended: Ask) -> None:
    assert "p2" in ids_of(recommended(customer_id=kim, count=50))
    answer = recommended(customer_id=kim, placement="discovery", count=50, promotions=[{"product_id": "p1"}])
    assert not {"p1", "p2"} & set(ids_of(answer))
    assert len(answer["items"]) == 8


def test_it_buys_again_only_what_was_bought_before(kim: str, save: Save, recommended: Ask) -> None:
    assert ids_of(recommended(customer_id=kim, placement="buy-again")) == ["p2"]
    save("again", mix={"repeat": 1, "text": 1, "popularity": 1}, repeat_share=1, fallback=True)
    assert set(ids_of(recommended(customer_id=kim, placement="again", count=50))) == {"p1", "p2"}


def test_it_mixes_repeat_and_new_in_the_share_that_is_wanted(
    shelf: list[Product], place_order: Callable[..., Any], save: Save, recommended: Ask
) -> None:
    for n in range(5):
        place_order([shelf[n]], customer="lee", days_ago=120)
        place_order([shelf[n]], customer="lee", days_ago=60)
    for share, expected in ((0.5, 2), (0.25, 1), (0.75, 3)):
        save(mix={"repeat": 1, "text": 1}, repeat_share=share, max_per_category=50)
        first = ids_of(recommended(customer_id="lee", count=4))
        assert sum(name in {"p0", "p1", "p2", "p3", "p4"} for name in first) == expected, share


def test_it_shows_nothing_below_the_minimum_relevance_and_says_so(
    shelf: list[Product], save: Save, recommended: Ask
) -> None:
    page = {"placement": "product", "item_id": "p4", "count": 8}
    save("product", mix={"text": 1}, minimum_relevance=0.95, max_per_category=50)
    answer = recommended(**page, explain=True)
    assert set(ids_of(answer)) == {"p2", "p3", "p5", "p6"}
    assert all(item["relevance"] >= 0.95 for item in answer["items"])
    assert "below the minimum relevance of 0.95" in recommended(**page)["fallback"]["why"]
    assert not recommended(**page)["fallback"]["used"]
    save("product", mix={"copurchase": 1}, minimum_relevance=0.95)
    assert len(recommended(**page)["items"]) == 8  # nothing is relevant: better the newest than nothing


def test_it_says_which_filter_emptied_a_list(shelf: list[Product], save: Save, recommended: Ask) -> None:
    save(filter="price < 1")
    answer = recommended()
    assert answer["items"] == []
    assert answer["fallback"]["used"]
    assert (
        "10 of 10 candidates refused as outside the placement's filter `price < 1`"
        in answer["fallback"]["why"]
    )
    save()
    why = recommended(filter="price < 2")["fallback"]["why"]
    assert "outside the request's filter `price < 2`" in why
    assert (
        "Only 2 of 5 items: 8 of 10 candidates refused"
        in recommended(count=5, filter='"c1" in categories')["fallback"]["why"]
    )
    assert "no source" in recommended(placement="buy-again")["fallback"]["why"]


def test_it_tells_truly_what_each_rule_removed(
    kim: str, shelf: list[Product], save: Save, recommended: Ask, workspace: Workspace
) -> None:
    """What a rule is said to refuse comes back once that rule is gone, unless another one refuses it too."""
    learn_workspace(workspace, now=timezone.now())
    Product.objects.filter(external_id="p4").update(stock=0)
    Product.objects.filter(external_id="p5").update(available=False)
    Product.objects.filter(external_id="p6").update(attributes={"markets": ["JP"]})
    rules = [{"action": "exclude", "filter": 'id == "p7"', "name": "No seven"}]
    save(filter='id not in ["p8", "p5"]', rules=rules)
    ask = {"customer_id": kim, "count": 50, "explain": True, "context": {"market": "DE"}, "exclude": ["p9"]}
    answer = recommended(**ask)
    trace = answer["trace"]
    removed = {rule["rule"]: set(rule["product_ids"]) for rule in trace["rules"]}
    alone = {rule["rule"]: rule["removed_alone"] for rule in trace["rules"]}
    assert removed == {
        "archived": set(), "unavailable": {"p5"}, "sold_out": {"p4"}, "blocked": {"p9"}, "market": {"p6"},
        "placement.filter": {"p8", "p5"}, "rule.0": {"p7"}, "just_bought": set(),
    }  # fmt: skip
    assert alone["unavailable"] == 0
    assert alone["placement.filter"] == 1
    shown = set(ids_of(answer))
    assert shown == {"p0", "p1", "p2", "p3"}
    assert trace["passed"] == len(shown)
    assert trace["candidates"] == 10
    ways = {
        "sold_out": lambda: Product.objects.filter(external_id="p4").update(stock=1),
        "market": lambda: Product.objects.filter(external_id="p6").update(attributes={}),
        "rule.0": lambda: save(filter='id not in ["p8", "p5"]'),
        "placement.filter": lambda: save(),
    }  # fmt: skip
    for code, lift in ways.items():
        lift()
        now = set(ids_of(recommended(**ask)))
        assert now - shown == removed[code] - {"p5"}, code
        shown = now
    assert all(source["passed"] <= source["proposed"] for source in trace["sources"])


def test_it_counts_the_candidates_of_each_source(
    kim: str, shelf: list[Product], recommended: Ask, workspace: Workspace
) -> None:
    trace = recommended(customer_id=kim, explain=True)["trace"]
    proposed = {source["name"]: source["proposed"] for source in trace["sources"]}
    assert proposed["repeat"] == 1
    assert proposed["text"] > 0
    assert proposed["newest"] == 10
    assert "trace" not in recommended(customer_id=kim)


def test_it_explains_to_the_shop_s_own_server_only(
    shelf: list[Product], api_for: Callable[[str], APIClient], publishable_key: str
) -> None:
    browser = api_for(publishable_key)
    assert browser.post("/v1/recommendations", {"filter": "price < 50"}).status_code == 200
    for address in ("/v1/recommendations", "/v1/complementary"):
        refused = browser.post(address, {"explain": True, "context": {"cart": ["p1"]}})
        assert refused.status_code == 403
        assert "secret key" in refused.json()["detail"]


def test_it_asks_no_more_queries_for_rules_than_their_number_says(
    shelf: list[Product], place_order: Callable[..., Any], workspace: Workspace, save: Save
) -> None:
    for n in range(20):
        place_order([shelf[n % 10], shelf[(n + 1) % 10]], customer=f"c{n}", days_ago=40 + n)
    learn_workspace(workspace, now=timezone.now())
    everyone = list(Customer.objects.order_by("external_id").values_list("id", flat=True))

    def queries(customers: list[Any]) -> int:
        with CaptureQueriesContext(connection) as caught:
            recommend_many(workspace, customer_ids=customers)
        return len(caught)

    # Without the learned list, which asks fewer questions where no rule moves products.
    mix = {"repeat": 1, "collaborative": 1, "copurchase": 0.8, "text": 0.7, "popularity": 0.2}
    save("email", mix=mix)
    queries(everyone)  # the version is remembered from now on
    few, plain = queries(everyone[:2]), queries(everyone)
    assert plain <= few  # many read the same products: what one of them needs is there for the next
    save("email", mix=mix, filter="price > 1", rules=[{"action": "exclude", "filter": "stock > 500"}])
    assert (queries(everyone[:2]), queries(everyone)) == (few, plain)  # filters cost no query
    many = [{"action": "boost", "filter": f"stock > {n}", "name": f"b{n}"} for n in range(5)]
    many += [{"action": "pin", "filter": f'id == "p{n}"', "name": f"p{n}"} for n in range(5)]
    save("email", mix=mix, rules=many)
    assert queries(everyone[:2]) <= few + 4
    assert queries(everyone) <= plain + 4


def test_it_keeps_two_shops_apart(
    shelf: list[Product], other_workspace: Workspace, product_factory: Callable[..., Product],
    outsider_api: APIClient, save: Save, recommended: Ask,
) -> None:  # fmt: skip
    product_factory(workspace=other_workspace, external_id="p1", title="Rival's")
    product_factory(workspace=other_workspace, external_id="rival")
    save(filter='id == "p1"', rules=[{"action": "pin", "filter": "price > 0", "name": "Any"}])
    answer = recommended(explain=True)
    assert ids_of(answer) == ["p1"]
    assert "rival" not in str(answer)
    theirs = outsider_api.post("/v1/recommendations", {"explain": True}).json()
    assert set(ids_of(theirs)) == {"p1", "rival"}
    assert "p2" not in str(theirs["trace"])


def test_it_recommends_what_goes_with_a_cart(
    shelf: list[Product], place_order: Callable[..., Any], workspace: Workspace, api: APIClient
) -> None:
    for n in range(6):
        place_order([shelf[0], shelf[7]], customer=f"c{n}", days_ago=40 + n)
        place_order([shelf[3], shelf[4]], customer=f"d{n}", days_ago=40 + n)
    learn_workspace(workspace, now=timezone.now())
    got = api.get("/v1/complementary?cart=p0&cart=p9&count=3").json()
    posted = api.post("/v1/complementary", {"cart": ["p0", "p9"], "count": 3}).json()
    assert ids_of(got)[0] == "p7"
    assert ids_of(got) == ids_of(posted)
    assert not {"p0", "p9"} & set(ids_of(got))
    assert got["items"][0]["reasons"][0]["evidence"]["relation"] == "cart"
    for answer in (api.get("/v1/complementary"), api.post("/v1/complementary", {"cart": []})):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#/context/cart"


def test_it_gives_a_visitor_s_session_to_the_customer_they_turn_out_to_be(
    shelf: list[Product], track: Callable[..., Any], api: APIClient, recommended: Ask,
    api_for: Callable[[str], APIClient], publishable_key: str,
) -> None:  # fmt: skip
    track("Product Viewed", anonymousId="visit-1", properties={"product_id": "p4"})
    Customer.objects.create(workspace=shelf[0].workspace, external_id="kim")
    seen = lambda: ids_of(api.get("/v1/customers/kim/recently-viewed").json())  # noqa: E731
    assert seen() == []
    assert api.post("/v1/identify", {"userId": "kim", "anonymousId": "visit-1"}).status_code == 200
    assert seen() == ["p4"]
    likeness = {item["reasons"][0]["code"] for item in recommended(customer_id="kim", count=3)["items"]}
    assert "similar_to" in likeness
    track("Product Viewed", anonymousId="visit-1", properties={"product_id": "p8"})
    assert seen() == ["p8", "p4"]
    assert api_for(publishable_key).get("/v1/customers/kim/recently-viewed").status_code == 403


def test_it_hides_another_shop_s_recently_viewed(
    shelf: list[Product], outsider_api: APIClient, kim: str
) -> None:
    assert outsider_api.get(f"/v1/customers/{kim}/recently-viewed").status_code == 404
