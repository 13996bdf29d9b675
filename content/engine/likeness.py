"""How much a sentence sounds like a brand's approved ones: by its runs of letters.

Character n-grams tell authors apart in any script and need no model (Stamatatos, "A survey of modern
authorship attribution methods", JASIST 60, 2009): endings, small words and punctuation weigh in, not the
topic alone.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

from content.engine.text import fold

_RUN = 3


def likeness(text: str, examples: tuple[str, ...]) -> float:
    """Cosine of the counts of letter runs, 0 to 1, against all examples together; 0 where there are none."""
    if not examples:
        return 0.0
    (approved, length), (mine, own_length) = _profile("\n".join(examples)), _profile(text)
    shared = sum(count * approved[run] for run, count in mine.items())
    return shared / (own_length * length) if shared else 0.0


@lru_cache(maxsize=256)
def _profile(text: str) -> tuple[Counter[str], float]:
    """The counts, and their length as a vector."""
    runs = f" {fold(text)} "
    counts = Counter(runs[place : place + _RUN] for place in range(len(runs) - _RUN + 1))
    return counts, math.sqrt(sum(count * count for count in counts.values()))
