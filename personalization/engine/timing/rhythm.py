"""How many days pass until a product is bought again: the person's own gaps, leaning on the product's.

Gaps are averaged as logarithms. The weight of the product's mean against the shop's, and of the shop's or
product's against the person's, is how much the gaps scatter within one against how much the means differ.
"""

from dataclasses import dataclass

import numpy as np

from personalization.engine.timing.pairs import BoughtDays, Pairs, gaps_of, pairs_of
from personalization.engine.timing.visits import Floats, Numbers

MIN_RETURNING_BUYERS = 3
MIN_RETURNING_SHARE = 0.2
"""Like `learning/rhythm.py`: below this most buyers never return, and one purchase foretells nothing."""
LEAST_WEIGHT, MOST_WEIGHT = 0.5, 50.0


@dataclass(frozen=True)
class Rhythms:
    """`product` is the log of the days, one a product; `weight` counts in gaps of the person's own."""

    product: Floats
    is_known: Floats
    weight: float

    def interval(self, pairs: Pairs) -> Floats:
        own = np.maximum(pairs.days - 1, 0)
        lean = self.product[pairs.product]
        mean = (own * np.nan_to_num(pairs.log_gap) + self.weight * lean) / (own + self.weight)
        return np.asarray(np.exp(mean))


def learn_rhythms(days: BoughtDays) -> Rhythms | None:
    """None where nobody has bought anything twice."""
    product, logs, place = gaps_of(days)
    if not len(logs):
        return None
    shop = float(logs.mean())
    weight = _weight(logs, product)
    number = np.bincount(product, minlength=days.products)
    total = np.bincount(product, logs, minlength=days.products)
    means = (total + weight * shop) / (number + weight)
    own = _weight(logs - means[product], place)
    return Rhythms(means, _known(pairs_of(days), products=days.products), own)


def _weight(values: Floats, group: Numbers) -> float:
    """Variance within the groups over variance between them: how many values a group's mean must outweigh."""
    number = np.bincount(group)
    many = number > 1
    if not many.any() or values.var() == 0.0:
        return 3.0
    mean = np.bincount(group, values) / np.maximum(number, 1)
    squares = np.bincount(group, np.square(values - mean[group]))
    within = float(squares[many].sum() / (number[many] - 1).sum())
    between = float(mean[many].var() - within * (1.0 / number[many]).mean())
    if between <= 0.0:
        return MOST_WEIGHT
    return float(np.clip(within / between, LEAST_WEIGHT, MOST_WEIGHT))


def _known(pairs: Pairs, *, products: int) -> Floats:
    buyers = np.bincount(pairs.product, minlength=products)
    returning = np.bincount(pairs.product[pairs.days > 1], minlength=products)
    known = (returning >= MIN_RETURNING_BUYERS) & (returning >= MIN_RETURNING_SHARE * buyers)
    return known.astype(np.float64)
