"""What a process remembers between answers, and what it asks PostgreSQL each time all the same."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product, ProductTitle
from personalization.models import Placement
from personalization.selectors.remembering import Remembered
from personalization.services.recommending import recommend
from personalization.services.requests import RecommendationAnswer, RecommendationRequest
from tests.personalization.conftest import Track
from tests.personalization.test_settled_lists import ranked

__all__ = ["ranked"]  # a fixture
MOST_QUESTIONS = 3
"""The person, the rules, the record."""


@pytest.fixture(autouse=True)
def _remembers(settings: Any) -> None:
    settings.RECOMMENDATION_SECONDS = 60


def ask(workspace: Workspace, *, mark: str, **given: Any) -> RecommendationAnswer:
    return recommend(RecommendationRequest(workspace, customer_id="ann", count=3, **given), mark=mark)


def shown(answer: RecommendationAnswer) -> list[str]:
    return [item.product_id for item in answer.items]


def test_it_asks_three_questions_for_a_fresh_answer(
    ranked: list[Product], workspace: Workspace, track: Track
) -> None:
    for number in range(2):
        properties = {"product_id": "p8"}
        track("Product Viewed", properties=properties, userId="ann", messageId=f"m{number}")
        with CaptureQueriesContext(connection) as asked:
            answer = ask(workspace, mark="one")
        assert len(answer.items) == 3
    assert len(asked) == MOST_QUESTIONS


def test_it_sees_a_change_of_stock_under_the_same_mark(ranked: list[Product], workspace: Workspace) -> None:
    assert shown(ask(workspace, mark="one")) == ["p0", "p1", "p2"]
    Product.objects.filter(external_id="p1").update(stock=0)
    assert shown(ask(workspace, mark="one")) == ["p0", "p2", "p3"]


@pytest.mark.parametrize("mark", ["two", ""])
def test_it_sees_every_change_under_another_mark_and_without_one(
    ranked: list[Product], workspace: Workspace, mark: str
) -> None:
    before = ask(workspace, mark="one")
    Product.objects.filter(external_id="p0").update(title="Renamed", price=7)
    ProductTitle.objects.create(workspace=workspace, product=ranked[1], locale="de", title="Zweites")
    Placement.objects.create(workspace=workspace, key="home", settings={"filter": 'id != "p2"'})
    after = ask(workspace, mark=mark, locale="de")
    assert (shown(before), shown(after)) == (["p0", "p1", "p2"], ["p0", "p1", "p3"])
    titles = [item.properties["title"] for item in after.items]
    assert (titles[:2], after.items[0].properties["price"]) == (["Renamed", "Zweites"], "7.00")


def test_it_plans_each_hot_query_once(ranked: list[Product], workspace: Workspace, track: Track) -> None:
    track("Product Viewed", properties={"product_id": "p8"}, userId="ann", messageId="m")
    for _ in range(10):
        ask(workspace, mark="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, custom_plans, generic_plans FROM pg_prepared_statements")
        plans = {statement: (custom, generic) for statement, custom, generic in cursor.fetchall()}
    asked_each_time = {statement: own for statement, own in plans.items() if sum(own) >= 10}
    assert len(asked_each_time) >= 6
    again = [statement for statement, (custom, _) in asked_each_time.items() if custom > 5]
    assert again == []


def test_it_reads_each_row_once_and_remembers_that_there_is_none() -> None:
    asked: list[list[int]] = []

    def read(keys: list[int]) -> dict[int, str]:
        asked.append(keys)
        return {key: str(key) for key in keys if key < 5}

    rows = Remembered(read, most=6)
    assert rows.of([1, 2, 9]) == {1: "1", 2: "2"}
    assert rows.of([9, 2, 3]) == {2: "2", 3: "3"}
    assert asked == [[1, 2, 9], [3]]
    assert rows.of([1, 4, 6, 7]) == {1: "1", 4: "4"}  # too many: it begins again, and still knows the answer
    assert rows.of([2]) == {2: "2"}
    assert asked[2:] == [[4, 6, 7], [2]]


def test_it_reads_what_is_asked_for_among_all_once() -> None:
    asked: list[list[int]] = []

    def read(keys: list[int]) -> dict[int, str]:
        asked.append(sorted(keys))
        return {key: str(key) for key in keys if key != 3}

    rows = Remembered(read, most=4)
    assert dict(rows.among([1, 2])) == {1: "1", 2: "2"}
    assert rows.among([2, 3])[3] is None
    assert rows.among({1, 2, 3})[1] == "1"
    assert asked == [[1, 2], [3]]
    assert dict(rows.among([1, 4, 5])) == {1: "1", 4: "4", 5: "5"}, "it begins again, with all that is asked"
    assert asked[-1] == [1, 4, 5]
