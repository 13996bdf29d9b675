"""Earlier days of the same log, seen as "today": what was known then, and when each customer came next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.engine.timing.bgnbd import BGNBD, fit_bgnbd
from personalization.engine.timing.features import Known, known_at, with_bgnbd
from personalization.engine.timing.options import TimingOptions
from personalization.engine.timing.visits import Floats, Numbers, Visits

FRESH_OFFSETS = (7.0, 14.0, 21.0)
FIRST_OFFSET, STEP = 30.0, 14.0
FAR_STEP, FARTHEST = 30.0, 760.0
MIN_KNOWN = 50


@dataclass(frozen=True)
class Cut:
    """`wait`: days until the next purchase, infinite where none was seen in the `follow` days up to today."""

    known: Known
    wait: Floats
    follow: float


@dataclass(frozen=True)
class Rows:
    """The cuts below one another."""

    matrix: NDArray[np.float32]
    names: tuple[str, ...]
    customer: Numbers
    wait: Floats
    follow: Floats


def offsets(*, span: float, options: TimingOptions) -> list[float]:
    """Days before today: close ones for the near horizons, far ones to learn of long absences."""
    near = [FIRST_OFFSET + STEP * place for place in range(options.recent_cuts)]
    far = np.arange(near[-1] + FAR_STEP, FARTHEST, FAR_STEP).tolist()
    return [offset for offset in [*FRESH_OFFSETS, *near, *far] if span - offset >= options.min_history_days]


def cut_at(visits: Visits, *, day: float, until: float, start: BGNBD | None = None) -> tuple[Cut, BGNBD]:
    """The BG/NBD is fitted on what was known then, as it would have been."""
    known = known_at(visits, cut=day)
    model = fit_bgnbd(known.histories, start=start)
    with_bgnbd(known, model=model)
    wait = next_day(visits, customers=known.customer, start=day, end=until) - day
    return Cut(known, wait, until - day), model


def next_day(visits: Visits, *, customers: Numbers, start: float, end: float) -> Floats:
    """The first purchase of start <= day < end; infinite where there is none."""
    rows = (visits.day >= start) & (visits.day < end)
    who, first = np.unique(visits.customer[rows], return_index=True)
    found = np.full(int(max(customers.max(initial=-1), who.max(initial=-1))) + 1, np.inf)
    found[who] = visits.day[rows][first]
    return np.asarray(found[customers])


def rows_of(cuts: list[Cut], *, names: tuple[str, ...]) -> Rows:
    return Rows(
        matrix=np.vstack([cut.known.matrix(names) for cut in cuts]),
        names=names,
        customer=np.concatenate([cut.known.customer for cut in cuts]),
        wait=np.concatenate([cut.wait for cut in cuts]),
        follow=np.concatenate([np.full(len(cut.wait), cut.follow) for cut in cuts]),
    )
