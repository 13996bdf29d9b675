"""Small shops whose right answers are known by construction."""

import numpy as np

from personalization.engine.purchase_log import PurchaseLog

START = 15_000.0


def log_of(
    rows: list[tuple[int, int, int, float]],
    *,
    customers: int,
    products: int,
    titles: list[str] | None = None,
    returns: tuple[int, ...] = (),
) -> PurchaseLog:
    """`rows`: (customer, product, basket, day after START)."""
    ordered = sorted(range(len(rows)), key=lambda place: rows[place][3])
    columns = np.array([rows[place] for place in ordered], dtype=np.float64).reshape(len(rows), 4)
    return PurchaseLog(
        customer=columns[:, 0].astype(np.int32),
        product=columns[:, 1].astype(np.int32),
        basket=columns[:, 2].astype(np.int32),
        day=columns[:, 3] + START,
        quantity=np.ones(len(rows), dtype=np.float32),
        price=np.ones(len(rows), dtype=np.float32),
        market=np.zeros(len(rows), dtype=np.int32),
        is_return=np.isin(np.array(ordered), returns),
        customers=[f"c{number}" for number in range(customers)],
        products=[f"p{number}" for number in range(products)],
        titles=titles or [f"thing {number}" for number in range(products)],
        markets=["GB"],
    )


def two_worlds(*, customers: int = 120, products: int = 40, days: int = 240, seed: int = 0) -> PurchaseLog:
    """Even customers buy even products only, odd ones odd ones only; each comes some ten times.

    A customer's staple is in every basket.
    """
    generator = np.random.default_rng(seed)
    rows: list[tuple[int, int, int, float]] = []
    basket = 0
    for customer in range(customers):
        own = np.arange(customer % 2, products, 2)
        staple = int(own[customer % len(own)])
        for day in np.sort(generator.uniform(0, days, 10)):
            others = generator.choice(own, 2, replace=False).tolist()
            rows += [(customer, product, basket, float(day)) for product in {staple, *others}]
            basket += 1
    return log_of(rows, customers=customers, products=products, titles=_titles(products))


def changed_after(log: PurchaseLog, *, day: float, seed: int = 1) -> PurchaseLog:
    """The same until `day`; everything later is shuffled among customers and products."""
    generator = np.random.default_rng(seed)
    later = log.day >= day
    customer, product = log.customer.copy(), log.product.copy()
    customer[later] = generator.permutation(customer[later])
    product[later] = generator.integers(0, len(log.products), int(later.sum()))
    fields = {**log.__dict__, "customer": customer, "product": product}
    return PurchaseLog(**fields)


def _titles(products: int) -> list[str]:
    return [f"{'round' if number % 2 else 'square'} box {number}" for number in range(products)]
