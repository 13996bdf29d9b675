"""What each draft costs where many share one model: the time the model worked, shared out by rows."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from omotenashi.inference.protocols import GenerationRequest, GenerationResult, LanguageModel
from omotenashi.inference.wrapped import WrappedModel


@dataclass(eq=False)
class _Call:
    """One call under way: how many rows it has in the batch, and what it has cost so far."""

    rows: int
    seconds: float = 0.0


@dataclass
class FairShare:
    """Between two events each call under way is charged its share of the seconds, by its rows."""

    clock: Callable[[], float]
    _calls: list[_Call] = field(default_factory=list)
    _last: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, *, rows: int) -> _Call:
        call = _Call(rows)
        with self._lock:
            self._charge()
            self._calls.append(call)
        return call

    def end(self, call: _Call) -> float:
        with self._lock:
            self._charge()
            self._calls.remove(call)
        return call.seconds

    def _charge(self) -> None:
        now = self.clock()
        total = sum(call.rows for call in self._calls)
        for call in self._calls:
            call.seconds += (now - self._last) * call.rows / total
        self._last = now


class MeteredModel(WrappedModel):
    """The model itself, but its results tell the call's share of the seconds instead of the wait."""

    def __init__(self, model: LanguageModel, *, share: FairShare) -> None:
        super().__init__(model)
        self._share = share

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        call = self._share.begin(rows=max(1, sum(request.candidates for request in requests)))
        try:
            results = self._model.generate(requests)
        finally:
            seconds = self._share.end(call)
        return [replace(result, seconds=seconds) for result in results]


_shares: dict[str, FairShare] = {}
_shares_lock = threading.Lock()


def metered(model: LanguageModel) -> MeteredModel:
    """One share per model and process: whoever writes with the model is charged beside all others."""
    with _shares_lock:
        # Where this process computes, its processor time is the cost; elsewhere it is the wait.
        is_here = getattr(model, "is_on_processor", False)
        clock = time.process_time if is_here else time.perf_counter
        share = _shares.setdefault(model.model_id, FairShare(clock))
    return MeteredModel(model, share=share)
