"""EASE: a closed-form item–item model (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data")."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Floats, History
from personalization.engine.ranking.links import nearest
from personalization.engine.ranking.sources.base import Shop, SparseProduct

MOST_LINKS = 4_000_000


@dataclass(frozen=True)
class Ease:
    regularisation: float = 300.0
    half_life_days: float = 60.0
    """The customer's own purchases fade when they are looked up; the model learns from all alike."""
    most_products: int = 6_000
    """The inverse costs the cube: only the best-selling products take part in a larger shop."""
    keep: int = 1_000
    """Links a product at the most; a shop with thousands of them makes do with fewer."""
    name: str = "ease"

    def fit(self, history: History, shop: Shop) -> SparseProduct:
        bought = history.matrix()
        counts = np.asarray(bought.sum(axis=0)).ravel()
        chosen = np.sort(np.argsort(-counts, kind="stable")[: self.most_products])
        chosen = chosen[counts[chosen] > 0]
        links = _links(bought[:, chosen], regularisation=self.regularisation)
        rows = nearest(sparse.csr_matrix(links), keep=min(self.keep, MOST_LINKS // max(len(chosen), 1)))
        places = sparse.csr_matrix(
            (np.ones(len(chosen), dtype=np.float32), (chosen, np.arange(len(chosen)))),
            shape=(history.products, len(chosen)),
        )
        return SparseProduct(
            history.matrix(history.decayed(self.half_life_days)), (places @ rows @ places.T).tocsr()
        )


def _links(bought: sparse.csr_matrix, *, regularisation: float) -> Floats:
    gram = np.asarray((bought.T @ bought).todense(), dtype=np.float32)
    gram[np.diag_indices_from(gram)] += regularisation
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    links = -inverse / np.diag(inverse)
    links[np.diag_indices_from(links)] = 0.0
    found: Floats = links.astype(np.float32)
    return found
