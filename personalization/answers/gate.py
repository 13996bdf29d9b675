"""The gate each request passes, in one round trip: rate limit, marks, the kept answer, the exposure count.

The script runs inside Valkey, so all of it happens at one moment. It compares the marks with those an answer
was computed under and counts the exposure of the answer it lets through.

When Valkey starts anew it may have missed a mark (a writer found nobody to tell) and yet hold old answers. It
has also lost its scripts. So whoever finds the script missing replaces the epoch, which every stamp starts
with, *before* loading it: no answer of an earlier life passes the gate.
"""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import redis
import structlog
from django.conf import settings

from omotenashi import marks
from omotenashi.api.limits import LUA as LIMIT_LUA
from omotenashi.api.limits import limit_arguments
from omotenashi.marks import EPOCH, valkey
from personalization.services.requests import RecommendationRequest

log = structlog.get_logger(__name__)
EXPOSURES = "omotenashi:exposures"
"""A hash: how often each recorded answer was served again. `exposures.py` moves it to PostgreSQL."""

# KEYS: 1 bucket, 2 exposures, 3 kept answer, 4 epoch, 5 marks of the API keys, 6… other marks.
# ARGV: 1 limit, 2 microseconds (limit 0: take no token), 3 stamp and 4 id of the answer the caller holds.
# Answers {state, room, seconds, [stamp, kept answer]}.
SCRIPT = (
    LIMIT_LUA
    + """
local room, seconds = take(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))
if room < 0 then return {0, room, seconds} end
local values = redis.call('MGET', unpack(KEYS, 4))
if not values[1] then
    values[1] = clock[1] .. clock[2]
    redis.call('SET', KEYS[4], values[1])
end
for place, value in ipairs(values) do values[place] = value or '-' end
local stamp = table.concat(values, '|')
if stamp == ARGV[3] then
    redis.call('HINCRBY', KEYS[2], ARGV[4], 1)
    return {1, room, seconds}
end
local kept = redis.call('GET', KEYS[3])
if kept and string.sub(kept, 1, #stamp + 1) == stamp .. '\\n' then
    redis.call('HINCRBY', KEYS[2], string.sub(kept, #stamp + 2, #stamp + 37), 1)
    return {2, room, seconds, stamp, kept}
end
return {3, room, seconds, stamp, ''}
"""
)
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
LIMITED, HELD, KEPT, ABSENT = range(4)


@dataclass(frozen=True)
class Answer:
    """The bytes that are served, and what they were computed under."""

    stamp: str
    recommendation_id: str
    until: float
    """Seconds since 1970; afterwards it is computed anew whatever the marks say."""
    body: bytes

    @property
    def is_over(self) -> bool:
        return time.time() >= self.until


@dataclass(frozen=True)
class Passage:
    state: int
    room: int
    seconds: int
    stamp: str
    answer: Answer | None


def keys_for(request: RecommendationRequest, *, bucket: str = "-") -> list[str]:
    """The script's keys. The asked ids suffice: who writes an event touches all ids of its person."""
    workspace_id = request.workspace.id
    names = [bucket, EXPOSURES, _place_of(request), EPOCH, marks.of_keys(workspace_id)]
    names.append(marks.of_workspace(workspace_id))
    if request.customer_id:
        names.append(marks.of_customer(workspace_id, request.customer_id))
    if request.anonymous_id:
        names.append(marks.of_visitor(workspace_id, request.anonymous_id))
    return names


def is_kept(request: RecommendationRequest) -> bool:
    return settings.RECOMMENDATION_SECONDS > 0 and not request.dry_run


def pass_gate(keys: Sequence[str]) -> Passage | None:
    """For plain views, whose tokens were taken before. None: Valkey is away; compute, and keep nothing."""
    try:
        return read_reply(_run(keys, [0, 1, "", ""]))
    except redis.RedisError as error:
        log.warning("gate_unavailable", error=type(error).__name__)
        return None


def arguments(*, held: Answer | None) -> list[Any]:
    """Of the script, for a caller that takes the token in the same step."""
    known = held if held is not None and not held.is_over else None
    return [*limit_arguments(), known.stamp if known else "", known.recommendation_id if known else ""]


def read_reply(reply: Sequence[Any]) -> Passage:
    if len(reply) == 3:
        state, room, seconds = reply
        return Passage(state, room, seconds, "", None)
    state, room, seconds, stamp, kept = reply
    answer = _decoded(kept, stamp=stamp.decode()) if kept else None
    if answer is not None and answer.is_over:
        return Passage(ABSENT, room, seconds, stamp.decode(), None)
    return Passage(state, room, seconds, stamp.decode(), answer)


def fresh(*, stamp: str, recommendation_id: UUID | None, body: bytes) -> Answer:
    until = time.time() + settings.RECOMMENDATION_SECONDS
    return Answer(stamp, str(recommendation_id), until, body)


def encoded(answer: Answer) -> bytes:
    head = f"{answer.stamp}\n{answer.recommendation_id}\n{answer.until:.3f}\n"
    return head.encode() + answer.body


def keeping(answer: Answer, *, keys: Sequence[str]) -> tuple[Any, ...]:
    """The command that keeps it."""
    return ("SET", keys[2], encoded(answer), "PX", settings.RECOMMENDATION_SECONDS * 1000)


def keep(answer: Answer, *, keys: Sequence[str]) -> None:
    try:
        valkey().execute_command(*keeping(answer, keys=keys))  # type: ignore[no-untyped-call]
    except redis.RedisError as error:
        log.warning("answer_not_kept", error=type(error).__name__)


def load_script() -> None:
    """The epoch first: see the module's text."""
    valkey().set(EPOCH, secrets.token_hex(8))
    valkey().script_load(SCRIPT)


def keys_mark(stamp: str) -> str:
    return stamp.split("|", 2)[1]


def workspace_mark(stamp: str) -> str:
    """Of all in the workspace that is not one person's; with the epoch, for the reason at the top.

    Empty where Valkey was not asked.
    """
    if not stamp:
        return ""
    epoch, _, workspace, *_ = stamp.split("|", 3)
    return f"{epoch}|{workspace}"


def _run(keys: Sequence[str], given: Sequence[Any]) -> Any:
    try:
        return valkey().evalsha(SHA, len(keys), *keys, *given)
    except redis.exceptions.NoScriptError:
        load_script()
        return valkey().evalsha(SHA, len(keys), *keys, *given)


def _decoded(kept: bytes, *, stamp: str) -> Answer:
    _, recommendation_id, until, body = kept.split(b"\n", 3)
    return Answer(stamp, recommendation_id.decode(), float(until), body)


def _place_of(request: RecommendationRequest) -> str:
    asked = [getattr(request, entry.name) for entry in fields(request) if entry.name != "workspace"]
    digest = hashlib.blake2b(repr(asked).encode(), digest_size=16).hexdigest()
    return f"omotenashi:answer:{request.workspace.id}:{digest}"
