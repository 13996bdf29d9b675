"""From an event request's body to the body of its answer, without a framework.

`take_event` and `take_batch` raise our errors; `handle_events` answers them as problem details. The REST views and
any other server call the same functions.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from omotenashi.accounts.models import Workspace
from omotenashi.api.problems import CONTENT_TYPE, problem_for
from omotenashi.errors import FieldError, InvalidInput, MalformedRequest
from personalization.engine.plain_events import read_plain
from personalization.engine.segment import IncomingEvent, InvalidEvent, Problem, read_event
from personalization.services.ingest import Call
from personalization.services.together import ingest_together

MAX_BODY_BYTES = 500 * 1024
MAX_BATCH_EVENTS = 2_500
# Anyone can read a publishable key in a page: it may add a visitor's order, never undo one by its id.
SERVER_EVENTS = frozenset({"Order Cancelled", "Order Refunded"})
SUCCESS = b'{"success":true}'


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"


def handle_events(
    workspace: Workspace,
    *,
    kind: str,
    is_public: bool,
    body: bytes,
    received_at: datetime,
    request: Mapping[str, str | None] | None = None,
) -> Answer:
    """`kind` is the address's last part; `request` (`instance`, `request_id`) goes into a refusal.

    200 means committed. What is nobody's fault but ours is raised.
    """
    take = take_batch if kind == "batch" else take_event
    try:
        return Answer(
            200, take(workspace, kind=kind, is_public=is_public, body=body, received_at=received_at)
        )
    except Exception as error:
        problem = problem_for(error)
        if problem is None:
            raise
        return Answer(problem["status"], orjson.dumps(problem | dict(request or {})), CONTENT_TYPE)


def take_event(
    workspace: Workspace, *, kind: str, is_public: bool, body: bytes, received_at: datetime
) -> bytes:
    try:
        event = _read(loads(body), kind=kind, is_public=is_public, received_at=received_at)
    except InvalidEvent as error:
        raise _refusal(error) from error
    ingest_together(workspace, call=Call([event], received_at))
    return SUCCESS


def take_batch(
    workspace: Workspace, *, kind: str, is_public: bool, body: bytes, received_at: datetime
) -> bytes:
    """A bad event never costs the good ones. Each event of a batch names its own kind."""
    bodies, sent_at = _batch_of(loads(body))
    events: list[IncomingEvent] = []
    errors: list[dict[str, Any]] = []
    for index, one in enumerate(bodies):
        own = str((one.get("type") if isinstance(one, dict) else None) or "track")
        try:
            events.append(_read(one, kind=own, is_public=is_public, received_at=received_at, sent_at=sent_at))
        except InvalidEvent as error:
            errors += _row_errors(error, index=index)
    taken = ingest_together(workspace, call=Call(events, received_at))
    answer = {"success": not errors, "accepted": taken.accepted, "repeated": taken.repeated}
    return orjson.dumps(answer | {"errors": errors})


def loads(body: bytes) -> Any:
    """Fast where possible. A body that one event spoils (half a character, an endless number) is read slowly, so
    that its other events are kept; numbers over 64 bits are read as floating point."""
    if len(body) > MAX_BODY_BYTES:
        raise MalformedRequest(f"The body is over {MAX_BODY_BYTES} bytes. Send smaller batches.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body, parse_constant=_Unstorable, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(f"The body is not JSON: {error}") from error


class _Unstorable:
    """Stands for NaN and the infinities: the event that holds one is refused when it is written as JSON."""

    def __init__(self, text: str) -> None:
        self.text = text


def _finite(text: str) -> float | _Unstorable:
    value = float(text)
    return _Unstorable(text) if value in (float("inf"), float("-inf")) else value


def _read(
    body: Any, *, kind: str, is_public: bool, received_at: datetime, sent_at: Any = None
) -> IncomingEvent:
    event = read_plain(body, kind=kind, received_at=received_at, sent_at=sent_at) or read_event(
        body, kind=kind, received_at=received_at, sent_at=sent_at
    )
    if is_public and event.name in SERVER_EVENTS:
        detail = f"{event.name} needs a secret key: send it from your server, not from a page."
        raise InvalidEvent([Problem("secret_key_needed", detail, "#/event")])
    return event


def _batch_of(data: Any) -> tuple[Sequence[Any], Any]:
    """A Segment batch object, or a bare list."""
    bodies = data.get("batch") if isinstance(data, dict) else data
    if not isinstance(bodies, list):
        raise MalformedRequest('A batch is {"batch": [event, …]}; each event has a `type`, such as track.')
    if len(bodies) > MAX_BATCH_EVENTS:
        raise MalformedRequest(
            f"A batch holds at most {MAX_BATCH_EVENTS} events; this one has {len(bodies)}."
        )
    return bodies, data.get("sentAt") if isinstance(data, dict) else None


def _refusal(error: InvalidEvent) -> Exception:
    if error.problems[0].code == "too_large":
        return MalformedRequest(error.problems[0].detail)
    errors = [FieldError(problem.code, problem.detail, problem.pointer) for problem in error.problems]
    return InvalidInput(error.problems[0].detail, errors=errors)


def _row_errors(error: InvalidEvent, *, index: int) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "code": problem.code,
            "detail": problem.detail,
            "pointer": problem.pointer.replace("#", f"#/batch/{index}", 1),
        }
        for problem in error.problems
    ]
