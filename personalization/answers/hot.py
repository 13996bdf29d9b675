"""The hot path: `/v1/recommendations` without the framework, with the framework's contract.

It speaks only where all is well. Whatever it does not understand or must refuse — a bad key, a bad body, a
spent limit — goes to the plain view, so that there is one place that says no. What a key and a body mean is
remembered in a **slot**; while the slot's answer passes the gate, a request costs one question to Valkey.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http.request import split_domain_port, validate_host
from rest_framework.exceptions import APIException

from omotenashi.accounts.models import ApiKey
from omotenashi.api.authentication import active_key, hash_in, note_use
from omotenashi.api.limits import Allowance, bucket_of, limit_headers
from omotenashi.api.middleware import request_id_from
from omotenashi.api.rsgi import Exchange, Scope
from omotenashi.errors import OmotenashiError
from personalization.answers import gate
from personalization.answers.pipe import Pipe, PipeDown, packed
from personalization.answers.serving import computed
from personalization.api.recommendations import asked_in
from personalization.api.serializers import request_from
from personalization.services.requests import RecommendationRequest

log = structlog.get_logger(__name__)
PATH = "/v1/recommendations"
LARGEST_BODY = 65_536
KEY_SECONDS = 60
"""A key is read again this often, whatever its mark says; its last use is noted then too."""
_HEADERS = [
    ("content-type", "application/json"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
]


@dataclass
class KnownKey:
    key: ApiKey
    mark: str = ""
    """Of the workspace's keys, read before the key itself was."""
    until: float = 0.0


@dataclass
class Slot:
    """What one spelling of a request means, and the answer that was last given to it."""

    known: KnownKey
    request: RecommendationRequest
    keys: list[str]
    command: bytes = b""
    held: gate.Answer | None = None

    def hold(self, answer: gate.Answer | None) -> None:
        self.held = answer
        self.command = packed("EVALSHA", gate.SHA, len(self.keys), *self.keys, *gate.arguments(held=answer))


class HotPath:
    def __init__(self, *, pipe: Pipe, pool: ThreadPoolExecutor) -> None:
        self._pipe = pipe
        self._pool = pool
        self._slots: dict[tuple[str, str, bytes], Slot] = {}
        self._keys: dict[str, KnownKey] = {}
        self._held_bytes = 0

    @staticmethod
    def concerns(scope: Scope) -> bool:
        if scope.path != PATH or settings.RECOMMENDATION_SECONDS == 0:
            return False
        headers = scope.headers
        if not (_is_our_host(headers.get("host", "")) and _takes_json(headers.get("accept", "*/*"))):
            return False
        return scope.method == "GET" or (scope.method == "POST" and _is_small_json(scope))

    async def answer(self, scope: Scope, exchange: Exchange, *, body: bytes) -> bool:
        """False: the plain view shall answer."""
        started = time.perf_counter()
        slot = await self._slot_of(scope, body)
        if slot is None:
            return False
        if slot.held is not None and slot.held.is_over:
            slot.hold(None)
        held = slot.held
        passage = await self._pass_gate(slot)
        if passage is None:
            return await self._answer_without_valkey(slot, scope, exchange, started=started)
        if passage.state == gate.LIMITED or not await self._may_pass(slot, passage):
            return False
        if passage.answer is not None:
            self._hold(slot, held := passage.answer)
        elif passage.state != gate.HELD or held is None:
            held = await self._in_thread(lambda: _computed(slot, stamp=passage.stamp, started=started))
            if held is None:
                return False
            await self._keep(slot, held)
            self._hold(slot, held)
        _send(scope, exchange, held.body, allowance=Allowance(passage.room, passage.seconds))
        return True

    async def _slot_of(self, scope: Scope, body: bytes) -> Slot | None:
        authorization = scope.headers.get("authorization", "")
        spelling = (authorization, scope.query_string if scope.method == "GET" else "", body)
        slot = self._slots.get(spelling)
        if slot is None:
            slot = await self._in_thread(lambda: self._opened(authorization, scope, body))
            if slot is not None:
                self._make_room()
                slot = self._slots.setdefault(spelling, slot)
        return slot

    def _opened(self, authorization: str, scope: Scope, body: bytes) -> Slot | None:
        known = self._keys.get(authorization)
        try:
            known = known or KnownKey(active_key(hash_in(authorization)))
            if not known.key.allows("recommend"):
                return None
            request = request_from(known.key.workspace, _asked(scope, body))
        except (OmotenashiError, APIException, ValueError):
            return None  # the plain view finds the same fault, and words it
        if request.explain or not gate.is_kept(request):
            return None  # whether this key may have an explanation is for the plain view to say
        self._keys[authorization] = known
        slot = Slot(known, request, gate.keys_for(request, bucket=bucket_of(known.key)))
        slot.hold(None)
        return slot

    async def _pass_gate(self, slot: Slot) -> gate.Passage | None:
        try:
            reply = await self._pipe.ask(slot.command)
            if isinstance(reply, Exception):
                reply = await self._asked_again(slot, reply)
        except PipeDown:
            return None
        return gate.read_reply(reply)

    async def _asked_again(self, slot: Slot, fault: Exception) -> Any:
        if not str(fault).startswith("NOSCRIPT"):
            log.warning("gate_refused", error=str(fault)[:200])
            raise PipeDown
        await self._in_thread(gate.load_script)
        reply = await self._pipe.ask(slot.command)
        if isinstance(reply, Exception):
            raise PipeDown
        return reply

    async def _may_pass(self, slot: Slot, passage: gate.Passage) -> bool:
        """A key is read anew after each change of the workspace's keys, and once a minute."""
        known = slot.known
        mark = gate.keys_mark(passage.stamp) if passage.stamp else known.mark
        if mark == known.mark and time.monotonic() < known.until:
            return True
        try:
            known.key = await self._in_thread(lambda: _read_again(known.key))
        except OmotenashiError:
            self._slots.clear()
            self._keys.clear()
            self._held_bytes = 0
            return False
        known.mark, known.until = mark, time.monotonic() + KEY_SECONDS
        return known.key.allows("recommend")

    async def _answer_without_valkey(
        self, slot: Slot, scope: Scope, exchange: Exchange, *, started: float
    ) -> bool:
        try:
            await self._in_thread(lambda: _read_again(slot.known.key))
        except OmotenashiError:
            return False
        answer = await self._in_thread(lambda: _computed(slot, stamp="", started=started))
        if answer is None:
            return False
        _send(scope, exchange, answer.body, allowance=None)
        return True

    async def _keep(self, slot: Slot, answer: gate.Answer) -> None:
        """Before it is sent: whoever asks next, in whichever process, is to get these bytes."""
        try:
            reply = await self._pipe.ask(packed(*gate.keeping(answer, keys=slot.keys)))
        except PipeDown as error:
            reply = error
        if isinstance(reply, Exception):
            log.warning("answer_not_kept", error=type(reply).__name__)

    def _hold(self, slot: Slot, answer: gate.Answer) -> None:
        self._held_bytes += len(answer.body) - (len(slot.held.body) if slot.held else 0)
        slot.hold(answer)

    def _make_room(self) -> None:
        """The oldest slots go first. What they held is still in Valkey."""
        most = settings.HOT_PATH_MEGABYTES * 1_000_000
        while self._slots and (self._held_bytes > most or len(self._slots) * 2_000 > most):
            gone = self._slots.pop(next(iter(self._slots)))
            self._held_bytes -= len(gone.held.body) if gone.held else 0

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _with_database, work)


def _with_database(work: Callable[[], Any]) -> Any:
    """Once more with a new connection where the old one has died: PostgreSQL may have been restarted."""
    try:
        return work()
    except (OperationalError, InterfaceError):
        connection.close()
        return work()


def _computed(slot: Slot, *, stamp: str, started: float) -> gate.Answer | None:
    """None: it cannot be answered, an unknown placement say; the plain view shall word it."""
    try:
        return computed(slot.request, stamp=stamp, started=started)
    except OmotenashiError:
        return None


def _read_again(key: ApiKey) -> ApiKey:
    found = active_key(key.hash)
    note_use(found)
    return found


def _asked(scope: Scope, body: bytes) -> Any:
    if scope.method == "GET":
        return asked_in(dict(parse_qsl(scope.query_string, keep_blank_values=True)))
    return orjson.loads(body)


def _is_small_json(scope: Scope) -> bool:
    length = scope.headers.get("content-length", "")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return False
    kind = scope.headers.get("content-type", "").lower().replace(" ", "")
    return kind in {"application/json", "application/json;charset=utf-8"}


@lru_cache(maxsize=1000)
def _is_our_host(host: str) -> bool:
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


@lru_cache(maxsize=1000)
def _takes_json(accept: str) -> bool:
    kinds = {kind.partition(";")[0].strip() for kind in accept.split(",")}
    return bool(kinds & {"*/*", "application/*", "application/json"})


def _send(scope: Scope, exchange: Exchange, body: bytes, *, allowance: Allowance | None) -> None:
    headers = [*_HEADERS, ("x-request-id", request_id_from(scope.headers.get("x-request-id", "")))]
    if allowance is not None and settings.RATE_LIMIT_REQUESTS:
        headers += limit_headers(allowance)
    exchange.response_bytes(200, headers, body)
