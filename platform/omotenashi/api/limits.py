"""How many requests a key may send: a token bucket in Valkey, shared by every process, and its headers."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import redis
import structlog
from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from omotenashi.accounts.models import ApiKey
from omotenashi.marks import valkey

log = structlog.get_logger(__name__)

# One number is the whole bucket: the moment at which it will be full again (GCRA). A token is worth `cost`
# microseconds of it. Answers (room left, seconds until full), or (-1, seconds until the next token).
LUA = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function take(key, limit, period)
    if limit == 0 then return 0, 0 end
    local cost = period / limit
    local full = tonumber(redis.call('GET', key)) or now
    if full < now then full = now end
    local room = period - (full - now)
    if room < cost then return -1, math.ceil((cost - room) / 1000000) end
    full = full + cost
    redis.call('SET', key, string.format('%.3f', full), 'PX', math.ceil((full - now) / 1000) + 1)
    return math.floor((room - cost) / cost + 0.001), math.ceil((full - now) / 1000000)
end
"""
_TAKE = LUA + "return {take(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))}"


@dataclass(frozen=True)
class Allowance:
    """What is left after this request. `remaining` is -1 for a request that is one too many."""

    remaining: int
    seconds: int

    @property
    def is_spent(self) -> bool:
        return self.remaining < 0


def bucket_of(key: ApiKey) -> str:
    return f"omotenashi:limit:{key.id}"


def limit_arguments() -> tuple[int, int]:
    """Requests and microseconds, as the script wants them; no limit is 0."""
    return settings.RATE_LIMIT_REQUESTS, settings.RATE_LIMIT_SECONDS * 1_000_000


def take_token(key: ApiKey) -> Allowance | None:
    """None: there is no limit, or no Valkey to keep it. A shop's pages must not go dark with it."""
    if not settings.RATE_LIMIT_REQUESTS:
        return None
    try:
        found: Any = valkey().eval(_TAKE, 1, bucket_of(key), *limit_arguments())
    except redis.RedisError as error:
        log.warning("rate_limit_unavailable", error=type(error).__name__)
        return None
    return Allowance(int(found[0]), int(found[1]))


def limit_headers(allowance: Allowance) -> list[tuple[str, str]]:
    limit, window = settings.RATE_LIMIT_REQUESTS, settings.RATE_LIMIT_SECONDS
    remaining = max(0, allowance.remaining)
    return [
        ("RateLimit-Policy", f'"default";q={limit};w={window}'),
        ("RateLimit", f'"default";r={remaining};t={allowance.seconds}'),
        ("X-RateLimit-Limit", str(limit)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(allowance.seconds)),
    ]


class KeyThrottle(BaseThrottle):
    """A person signed in to the studio is not counted."""

    allowance: Allowance | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        self.allowance = take_token(request.auth)
        request.allowance = self.allowance  # type: ignore[attr-defined]  # for `Limited`, below
        return self.allowance is None or not self.allowance.is_spent

    def wait(self) -> float | None:
        return math.ceil(self.allowance.seconds) if self.allowance else None


class Limited:
    """Mixed into a view: its requests are counted, and its answers say what is left."""

    throttle_classes: ClassVar[Any] = (KeyThrottle,)  # Any: DRF says a list of types, and takes any sequence

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        done: Response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        allowance = getattr(request, "allowance", None)
        for name, value in limit_headers(allowance) if allowance else ():
            done[name] = value
        return done
