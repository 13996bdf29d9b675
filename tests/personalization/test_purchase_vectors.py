"""Vectors of purchase history: learned right, swapped whole, brought up to date, and true."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.jobs import enqueue, services
from omotenashi.jobs.models import Job
from personalization.engine.learning.purchase_vectors import (
    PRODUCTS_PER_DIRECTION,
    LearningSettings,
    fold_in,
    history_matrix,
    learn_items,
    learn_links,
    unit_rows,
)
from personalization.models import (
    Customer,
    ModelVersion,
    Order,
    PurchaseVectorCustomer,
    PurchaseVectorItem,
)
from personalization.services import learning
from personalization.services.changes import bring_in_changes, refresh_vectors
from personalization.services.learning import learn_workspace
from personalization.services.recommending import recommend
from personalization.services.requests import RecommendationRequest
from tests.personalization.conftest import ids_of

Ask = Callable[..., dict[str, Any]]


def checkerboard(*, customers: int = 60, products: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Even customers buy even products, odd ones odd; each leaves a few of their own kind unbought."""
    rows = [
        (c, p) for c in range(customers) for p in range(products) if c % 2 == p % 2 and (c // 2 + p // 2) % 4
    ]
    customer, product = np.array(rows).T
    return customer, product, np.linspace(0, 100, len(customer))


def test_it_offers_each_group_its_own_products() -> None:
    customer, product, day = checkerboard()
    history = history_matrix(customer, product, day, shape=(60, 20), until=100.0)
    items = learn_items(history)
    scores = fold_in(items, history) @ items.rows.T
    scores[history.toarray() > 0] = -np.inf
    assert (scores.argmax(axis=1) % 2 == np.arange(60) % 2).all()


def test_it_makes_the_same_vector_for_one_customer_as_for_all_together() -> None:
    customer, product, day = checkerboard()
    items = learn_items(history_matrix(customer, product, day, shape=(60, 20), until=100.0))
    together = fold_in(items, history_matrix(customer, product, day, shape=(60, 20)))
    for one in (0, 7, 59):
        own = customer == one
        alone = fold_in(items, history_matrix(customer[own] * 0, product[own], day[own], shape=(1, 20)))
        assert alone[0] == pytest.approx(together[one], abs=1e-6)


def test_it_makes_of_the_fold_in_what_the_whole_solution_has() -> None:
    """With no damping a customer's vector is their row of the decomposition itself, up to its length."""
    customer, product, day = checkerboard()
    plain = LearningSettings(customer_damping=0.0, product_damping=0.0, product_lift=0.0)
    history = history_matrix(customer, product, day, shape=(60, 20), until=100.0)
    folded = fold_in(learn_items(history, settings=plain), history)
    left, values, _ = np.linalg.svd(history.toarray(), full_matrices=False)
    rank = 20 // PRODUCTS_PER_DIRECTION
    right = unit_rows((left[:, :rank] * values[:rank]).astype(np.float32))
    assert folded @ folded.T == pytest.approx(right @ right.T, abs=1e-3)


def test_it_changes_nobody_s_vector_by_what_comes_later() -> None:
    customer, product, day = checkerboard()
    items = learn_items(history_matrix(customer, product, day, shape=(60, 20), until=100.0))
    before = fold_in(items, history_matrix(customer, product, day, shape=(60, 20)))
    waited = fold_in(items, history_matrix(customer, product, day - 365, shape=(60, 20)))
    assert waited == pytest.approx(before, abs=1e-5)


def test_it_counts_the_people_who_bought_both() -> None:
    buyer = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3])
    product = np.array([0, 1, 0, 1, 0, 2, 1, 2, 2])
    links = learn_links(buyer, product, products=3)
    found = dict(
        zip(
            zip(links.product.tolist(), links.partner.tolist(), strict=True),
            links.together.tolist(),
            strict=True,
        )
    )
    assert found == {(0, 1): 2, (1, 0): 2}


@pytest.fixture
def two_groups(
    shelf: list[Product], place_order: Callable[..., Order], workspace: Workspace
) -> list[Product]:
    """Ten customers buy of the even products, ten of the odd; each leaves one of their own out."""
    for n in range(20):
        own = [product for number, product in enumerate(shelf) if number % 2 == n % 2]
        del own[(n // 2) % 5]
        for number, product in enumerate(own):
            place_order([product], customer=f"c{n}", days_ago=60 + number)
    return shelf


def also_bought(answer: dict[str, Any]) -> dict[str, str]:
    return {
        item["product_id"]: reason["text"]
        for item in answer["items"]
        for reason in item["reasons"]
        if reason["code"] == "also_bought"
    }


def test_it_recommends_what_the_like_minded_bought(
    two_groups: list[Product], recommended: Ask, workspace: Workspace
) -> None:
    learn_workspace(workspace, now=timezone.now())
    found = also_bought(recommended(customer_id="c0", placement="home"))
    assert set(found) == {"p0"}
    assert found["p0"].startswith("6 customers who bought “Product ")


def test_it_knows_a_visitor_by_their_first_view(
    two_groups: list[Product], recommended: Ask, track: Callable[..., Any], workspace: Workspace
) -> None:
    learn_workspace(workspace, now=timezone.now())
    track("Product Viewed", properties={"product_id": "p3"}, anonymousId="v1")
    found = also_bought(recommended(anonymous_id="v1", placement="home"))
    assert {"p1", "p5", "p7", "p9"} >= set(found) != set()


def test_it_never_offers_what_is_sold_out_or_bought_a_moment_ago(
    two_groups: list[Product], recommended: Ask, track: Callable[..., Any], workspace: Workspace
) -> None:
    learn_workspace(workspace, now=timezone.now())
    Product.objects.filter(external_id="p0").update(stock=0)
    assert "p0" not in ids_of(recommended(customer_id="c0", placement="home"))
    Product.objects.filter(external_id="p0").update(stock=5)
    lines = [{"product_id": "p0", "quantity": 1, "price": 10}]
    track("Order Completed", properties={"order_id": "o-now", "products": lines}, userId="c0")
    assert "p0" not in ids_of(recommended(customer_id="c0", placement="home"))


def test_it_has_candidates_of_all_customers_ready_and_none_they_bought(
    two_groups: list[Product], workspace: Workspace
) -> None:
    version = learn_workspace(workspace, now=timezone.now())
    names = dict(
        PurchaseVectorItem.objects.filter(model_version=version).values_list("number", "product__external_id")
    )
    for row in PurchaseVectorCustomer.objects.select_related("customer"):
        own = {names[number] for number in row.candidates if number >= 0}
        bought = set(
            Order.objects.filter(customer=row.customer).values_list("lines__product_external_id", flat=True)
        )
        assert not own & bought
        n = int(row.customer.external_id[1:])
        assert names[row.candidates[0]] == f"p{2 * ((n // 2) % 5) + n % 2}"


def test_it_brings_in_only_who_bought_since(
    two_groups: list[Product], place_order: Callable[..., Order], workspace: Workspace
) -> None:
    version = learn_workspace(workspace, now=timezone.now())
    Order.objects.update(
        created_at=timezone.now() - timedelta(days=1), updated_at=timezone.now() - timedelta(days=1)
    )
    before = dict(PurchaseVectorCustomer.objects.values_list("customer__external_id", "vector"))
    place_order([two_groups[1]], customer="c0")
    place_order([two_groups[3]], customer="newcomer")
    assert bring_in_changes(version) == 2
    after = dict(PurchaseVectorCustomer.objects.values_list("customer__external_id", "vector"))
    changed = {name for name, vector in after.items() if not np.array_equal(vector, before.get(name))}
    assert changed == {"c0", "newcomer"}
    whole = learn_workspace(workspace, now=timezone.now())
    rows = PurchaseVectorCustomer.objects.filter(model_version=whole)
    assert rows.count() == len(after)


def test_it_takes_back_a_cancelled_purchase(
    two_groups: list[Product], place_order: Callable[..., Order], workspace: Workspace
) -> None:
    order = place_order([two_groups[3]], customer="once")
    version = learn_workspace(workspace, now=timezone.now())
    once = Customer.objects.get(external_id="once")
    assert PurchaseVectorCustomer.objects.filter(customer=once).exists()
    Order.objects.filter(id=order.id).update(status="cancelled")
    refresh_vectors(workspace, version=version, customer_ids=[once.id], with_candidates=False)
    assert not PurchaseVectorCustomer.objects.filter(customer=once).exists()


def test_it_forgets_a_customer_and_a_product_that_are_deleted(
    two_groups: list[Product], workspace: Workspace
) -> None:
    learn_workspace(workspace, now=timezone.now())
    Customer.objects.get(external_id="c0").delete()
    two_groups[0].delete()
    assert PurchaseVectorCustomer.objects.count() == 19
    assert PurchaseVectorItem.objects.count() == 9


def test_it_answers_from_the_old_version_when_learning_dies(
    two_groups: list[Product], recommended: Ask, workspace: Workspace
) -> None:
    version = learn_workspace(workspace, now=timezone.now())
    with (
        patch.object(learning, "activate", side_effect=MemoryError),
        pytest.raises(MemoryError),
    ):
        learn_workspace(workspace, now=timezone.now())
    answer = recommended(customer_id="c0", placement="home")
    assert answer["model_version"] == str(version.id)
    assert "p0" in also_bought(answer)
    learn_workspace(workspace, now=timezone.now())
    states = ModelVersion.objects.values_list("state", flat=True)
    assert sorted(states) == ["active", "retired"]


def test_it_runs_as_a_job_twice_without_harm(
    two_groups: list[Product], place_order: Callable[..., Order], workspace: Workspace
) -> None:
    learn_workspace(workspace, now=timezone.now())
    place_order([two_groups[1]], customer="c0")
    for _ in range(2):
        job = enqueue("personalization.learn_changes", workspace=workspace, unique_key="learn_changes")
        services.run(str(job.id))
        done = Job.objects.get(id=job.id)
        assert done.state == "succeeded", done.error
    assert PurchaseVectorCustomer.objects.filter(customer__external_id="c0").count() == 1


def test_it_lists_no_vectors_of_another_workspace(
    two_groups: list[Product], workspace: Workspace, other_workspace: Workspace
) -> None:
    learn_workspace(workspace, now=timezone.now())
    learn_workspace(other_workspace, now=timezone.now())
    answer = recommend(RecommendationRequest(workspace=other_workspace, placement="home", anonymous_id="v"))
    assert not answer.items


@pytest.mark.django_db(transaction=True)
def test_it_switches_versions_while_people_read(two_groups: list[Product], workspace: Workspace) -> None:
    """Every answer is whole: from one version or the other, never from neither, and none waits or fails."""
    learn_workspace(workspace, now=timezone.now())
    is_done, answers = threading.Event(), []

    def read() -> int:
        wish = RecommendationRequest(workspace=workspace, placement="home", customer_id="c0")
        while not is_done.is_set() or not answers:
            answers.append(recommend(replace(wish, dry_run=True)))
        connection.close()
        return len(answers)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        versions = [learn_workspace(workspace, now=timezone.now()) for _ in range(3)]
        is_done.set()
        assert reading.result(timeout=60) > 0
    for answer in answers:
        assert "also_bought" in {reason.code for item in answer.items for reason in item.reasons}
    assert ModelVersion.objects.get(state="active").id == versions[-1].id
    tables = _tables()
    assert tables == {
        f"{kind}_{version.id.hex}"
        for kind in ("purchase_items", "purchase_customers")
        for version in versions[-2:]
    }


def _tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'purchase\\_%%'")
        return {row[0] for row in cursor.fetchall()}
