"""The products nearest by text: those of one's own shop, though all shops share one index."""

from collections.abc import Callable

import numpy as np
from django.db import connection

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import nearest_products
from tests.vectors import place_on_circle


def test_it_finds_them_among_many_of_other_shops(
    product_factory: Callable[..., Product], other_workspace: Workspace
) -> None:
    own = [product_factory(external_id=f"p{n}") for n in range(6)]
    place_on_circle(own, step=10)
    place_on_circle(
        [product_factory(workspace=other_workspace, external_id=f"x{n}") for n in range(300)], step=0.2
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")  # as if PostgreSQL took the index to be cheaper
    found = nearest_products([own[0].pk], limit=3)
    assert list(found) == [product.pk for product in own[1:4]]
    assert np.allclose(list(found.values()), np.cos(np.radians([10, 20, 30])), atol=1e-3)


def test_it_knows_what_is_like_any_of_several(product_factory: Callable[..., Product]) -> None:
    own = [product_factory(external_id=f"p{n}") for n in range(10)]
    place_on_circle(own, step=10)
    assert set(nearest_products([own[0].pk, own[9].pk], limit=2)) == {own[1].pk, own[8].pk}
    assert nearest_products([], limit=2) == {}


def test_it_leaves_out_what_is_no_longer_sold(product_factory: Callable[..., Product]) -> None:
    own = [product_factory(external_id=f"p{n}") for n in range(4)]
    place_on_circle(own, step=10)
    Product.objects.filter(pk=own[1].pk).update(archived_at=own[1].created_at)
    assert list(nearest_products([own[0].pk], limit=1)) == [own[2].pk]
