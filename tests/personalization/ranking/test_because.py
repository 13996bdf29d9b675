import numpy as np

from personalization.engine.ranking.because import because_of, reasons_of
from personalization.engine.ranking.history import history_of
from tests.personalization.ranking.logs import START, two_worlds

LOG = two_worlds()
CUT = START + 200.0


def test_it_names_the_own_product_that_most_buyers_share_and_counts_them_truly() -> None:
    history = history_of(LOG, as_of=CUT)
    past = LOG.before(CUT)
    reasons = reasons_of(
        past.customer.astype(np.int64), past.product.astype(np.int64), CUT - past.day, products=40
    )
    lists = np.tile(np.arange(40), (len(history.active()), 1))
    found = because_of(reasons, history, customers=history.active(), lists=lists)
    buyers = [set(past.customer[past.product == product].tolist()) for product in range(40)]
    owned = {customer: set(past.product[past.customer == customer].tolist()) for customer in range(120)}
    for row, customer in enumerate(history.active().tolist()):
        for product in range(40):
            seed, told = int(found.product[row, product]), int(found.buyers[row, product])
            shared = {own: len(buyers[own] & buyers[product]) for own in owned[customer] - {product}}
            best = max(shared.values(), default=0)
            if seed >= 0:
                assert seed in owned[customer]
                assert told == shared[seed] == best >= 2
            else:
                assert best < 2
                lately = past.product[CUT - past.day < 30] == product
                people = set(past.customer[CUT - past.day < 30][lately].tolist())
                assert told == (len(people) if len(people) >= 2 else 0)


def test_it_says_nothing_of_an_empty_place() -> None:
    history = history_of(LOG, as_of=CUT)
    past = LOG.before(CUT)
    reasons = reasons_of(
        past.customer.astype(np.int64), past.product.astype(np.int64), CUT - past.day, products=40
    )
    found = because_of(reasons, history, customers=np.array([0]), lists=np.array([[-1, -1]]))
    assert found.product.tolist() == [[-1, -1]]
    assert found.buyers.tolist() == [[0, 0]]
