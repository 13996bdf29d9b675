"""Asks the running GPU workers to swap a preset, and waits until each has."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from omotenashi.errors import Unavailable
from omotenashi.jobs.doorbell import broadcast

_POLL_SECONDS = 0.5


def swap_in_workers(
    name: str, *, to: str, drain_first: bool, seconds: float, report: Callable[[str], None]
) -> bool:
    """Whether every worker did it; each one's answer is reported in words."""
    asked = _answers(broadcast("swap_preset", name=name, to=to, drain_first=drain_first))
    if not asked:
        raise Unavailable(
            "No GPU worker answered: is one running? One that starts later loads the preset as configured."
        )
    refused = {worker: answer["error"] for worker, answer in asked.items() if "error" in answer}
    waiting, deadline, failed = set(asked) - set(refused), time.monotonic() + seconds, bool(refused)
    for worker, why in refused.items():
        report(f"{worker}: {why}")
    while waiting and time.monotonic() < deadline:
        for worker, answer in _answers(broadcast("swapped_preset", name=name)).items():
            if worker in waiting and answer.get("state") != "loading":
                waiting.remove(worker)
                failed = failed or str(answer.get("state")).startswith("failed")
                report(f"{worker}: {answer.get('state')}")
        time.sleep(_POLL_SECONDS)
    for worker in sorted(waiting):
        report(f"{worker}: not done within {seconds:g} seconds; it goes on. Its log tells the end.")
    return not failed and not waiting


def _answers(replies: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {worker: answer for worker, answer in replies.items() if "ignored" not in answer}
