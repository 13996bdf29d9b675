"""Which function does a job. The workers install the table; nothing below them imports it."""

from collections.abc import Callable, Mapping
from typing import Any

from omotenashi.jobs.routes import QUEUES

Handler = Callable[..., Mapping[str, Any] | None]
_handlers: dict[str, Handler] = {}


def install(handlers: Mapping[str, Handler]) -> None:
    unknown = sorted(set(handlers) - set(QUEUES))
    if unknown:
        raise LookupError(f"No queue for {', '.join(unknown)}: add a line to omotenashi/jobs/routes.py.")
    _handlers.update(handlers)


def handler_of(name: str) -> Handler:
    try:
        return _handlers[name]
    except KeyError:
        raise LookupError(
            f"No handler for job {name!r}; known: {', '.join(sorted(_handlers)) or 'none'}."
        ) from None
