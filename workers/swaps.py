"""Lets `manage.py models swap` reach the GPU workers: each swaps its own model while it goes on writing."""

import threading
from typing import Any

import structlog
from celery.worker.control import control_command, inspect_command

from omotenashi.errors import OmotenashiError
from omotenashi.inference import registry

log = structlog.get_logger(__name__)
_told: dict[str, str] = {}
"""Preset to how its last swap went; "loading" while it goes on."""


@control_command(args=[("name", str), ("to", str), ("drain_first", bool)])
def swap_preset(state: Any, name: str, to: str = "", drain_first: bool = False) -> dict[str, str]:
    """Begin; the thread that answers here also keeps the worker's connection alive, so it must not wait."""
    if not _writes(state):
        return {"ignored": "writes no texts"}
    if _told.get(name) == "loading":
        return {"error": f"{name} is being swapped already. Wait until that is done."}
    _told[name] = "loading"
    threading.Thread(target=_swap, args=(name, to, drain_first), name=f"swap-{name}", daemon=True).start()
    return {"ok": "loading"}


@inspect_command(args=[("name", str)])
def swapped_preset(state: Any, name: str) -> dict[str, str]:
    return {"state": _told.get(name, "")} if _writes(state) else {"ignored": "writes no texts"}


def _swap(name: str, to: str, drain_first: bool) -> None:
    try:
        _told[name] = registry.swap(name, to=to, drain_first=drain_first)
    except OmotenashiError as error:
        _told[name] = f"failed: {error.detail}"
    except Exception as error:  # the thread's edge: the operator must hear of it, whatever it is
        log.exception("preset_not_swapped", preset=name)
        _told[name] = f"failed: {type(error).__name__}: {error}"


def _writes(state: Any) -> bool:
    return any(queue.name == "gpu" for queue in state.consumer.task_consumer.queues)
