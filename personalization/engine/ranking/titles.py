"""Titles that share rare words."""

import itertools
import re
from collections.abc import Sequence

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.links import nearest

_WORD = re.compile(r"\w+")
FEW_TITLES, MOST_TITLES = 50.0, 500.0
MOST_TITLES_PER_TERM = 0.05
"""A term in more titles than this share says nothing, and costs the square of its titles."""


def title_links(titles: Sequence[str], *, keep: int) -> sparse.csr_matrix:
    """product × product of TF-IDF cosine over words and pairs of words; the diagonal is empty."""
    terms = _terms(titles)
    similar = (terms @ terms.T).tocsr()
    similar.setdiag(0.0)
    similar.eliminate_zeros()
    return nearest(similar, keep=keep)


def _terms(titles: Sequence[str]) -> sparse.csr_matrix:
    vocabulary: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    for row, title in enumerate(titles):
        words = _WORD.findall(title.lower())
        for term in {*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))}:
            rows.append(row)
            columns.append(vocabulary.setdefault(term, len(vocabulary)))
    shape = (len(titles), len(vocabulary))
    held = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    seen = np.asarray(held.sum(axis=0)).ravel()
    most = float(np.clip(MOST_TITLES_PER_TERM * len(titles), FEW_TITLES, MOST_TITLES))
    telling = (seen >= 2) & (seen <= most)
    weighted = held[:, telling] @ sparse.diags(np.log(len(titles) / np.maximum(seen[telling], 1.0)))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return (sparse.diags(1.0 / np.maximum(length, 1e-9)) @ weighted).tocsr().astype(np.float32)
