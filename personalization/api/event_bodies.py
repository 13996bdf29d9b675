"""From an event request's body to the body of its answer, without a framework.

`take` raises our errors; `handle_events` answers them as problem details. The REST views and any other server
stand on the same functions.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from msgspec import Raw

from omotenashi.accounts.models import Workspace
from omotenashi.api.problems import CONTENT_TYPE, problem_for
from omotenashi.errors import FieldError, InvalidInput, MalformedRequest
from personalization.engine.plain_events import is_text, read_plain, split_batch
from personalization.engine.segment import IncomingEvent, InvalidEvent, Problem, read_event
from personalization.services.ingest import Call
from personalization.services.together import ingest_together

MAX_BODY_BYTES = 500 * 1024
MAX_BATCH_EVENTS = 2_500
# Anyone can read a publishable key in a page: it may add a visitor's order, never undo one by its id.
SERVER_EVENTS = frozenset({"Order Cancelled", "Order Refunded"})
SUCCESS = b'{"success":true}'


@dataclass(frozen=True)
class EventRequest:
    kind: str
    """The address's last part: track, identify, …, batch."""
    is_public: bool
    """Came with a publishable key."""
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"


def handle_events(
    workspace: Workspace, *, request: EventRequest, about: Mapping[str, str | None] | None = None
) -> Answer:
    """200 means committed. `about` (`instance`, `request_id`) goes into a refusal.

    What is nobody's fault but ours is raised. The caller has checked the key and its scope `track`, and adds
    `Retry-After` to a 503.
    """
    try:
        return Answer(200, take(workspace, request=request))
    except Exception as error:
        problem = problem_for(error)
        if problem is None:
            raise
        return Answer(problem["status"], orjson.dumps(problem | dict(about or {})), CONTENT_TYPE)


def take(workspace: Workspace, *, request: EventRequest) -> bytes:
    return (_take_batch if request.kind == "batch" else _take_event)(workspace, request)


def _take_event(workspace: Workspace, request: EventRequest) -> bytes:
    _refuse_large(request.body)
    event = (
        read_plain(request.body, kind=request.kind, received_at=request.received_at)
        if is_text(request.body)
        else None
    )
    try:
        event = event or _read(loads(request.body), kind=request.kind, request=request)
    except InvalidEvent as error:
        raise _refusal(error) from error
    ingest_together(workspace, call=Call([event], request.received_at))
    return SUCCESS


def _take_batch(workspace: Workspace, request: EventRequest) -> bytes:
    """A bad event never costs the good ones. Each event of a batch names its own kind."""
    bodies, sent_at = _batch_of(request.body)
    events: list[IncomingEvent] = []
    errors: list[dict[str, Any]] = []
    for index, one in enumerate(bodies):
        try:
            events.append(_one_of_batch(one, request=request, sent_at=sent_at))
        except InvalidEvent as error:
            errors += _row_errors(error, index=index)
    taken = ingest_together(workspace, call=Call(events, request.received_at))
    answer = {"success": not errors, "accepted": taken.accepted, "repeated": taken.repeated}
    return orjson.dumps(answer | {"errors": errors})


def _one_of_batch(one: Any, *, request: EventRequest, sent_at: Any) -> IncomingEvent:
    if isinstance(one, Raw):
        plain = read_plain(one, received_at=request.received_at, sent_at=sent_at)
        if plain is not None:
            return plain
        one = loads(bytes(one))
    kind = str((one.get("type") if isinstance(one, dict) else None) or "track")
    return _read(one, kind=kind, request=request, sent_at=sent_at)


def loads(body: bytes) -> Any:
    """Numbers over 64 bits are read as floating point.

    A body that one event spoils (half a character, an endless number) is read slowly: the others are kept.
    """
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


def _read(body: Any, *, kind: str, request: EventRequest, sent_at: Any = None) -> IncomingEvent:
    event = read_event(body, kind=kind, received_at=request.received_at, sent_at=sent_at)
    if request.is_public and event.name in SERVER_EVENTS:
        detail = f"{event.name} needs a secret key: send it from your server, not from a page."
        raise InvalidEvent([Problem("secret_key_needed", detail, "#/event")])
    return event


def _batch_of(body: bytes) -> tuple[Sequence[Any], Any]:
    """The events and `sentAt` of a Segment batch, as JSON if it is read at a glance; or of a bare list."""
    _refuse_large(body)
    bodies, sent_at = (split_batch(body) if is_text(body) else None) or _parsed_batch(loads(body))
    if not isinstance(bodies, list):
        raise MalformedRequest('A batch is {"batch": [event, …]}; each event has a `type`, such as track.')
    if len(bodies) > MAX_BATCH_EVENTS:
        raise MalformedRequest(
            f"A batch holds at most {MAX_BATCH_EVENTS} events; this one has {len(bodies)}."
        )
    return bodies, sent_at


def _parsed_batch(data: Any) -> tuple[Any, Any]:
    return (data.get("batch"), data.get("sentAt")) if isinstance(data, dict) else (data, None)


def _refuse_large(body: bytes) -> None:
    if len(body) > MAX_BODY_BYTES:
        raise MalformedRequest(f"The body is over {MAX_BODY_BYTES} bytes. Send smaller batches.")


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
