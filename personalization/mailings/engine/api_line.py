"""A line to a mail provider's HTTP API, walked like one to a relay.

    offer: the mail becomes a request ─▶ [commit] ─▶ the request leaves ─▶ its answer
    └───── nothing has left ──────────┘             └───── in doubt ─────┘

The connection is open before the commit, and looked at once more before the request leaves. So a provider
that cannot be reached leaves no doubt, and none of its mails is counted as tried.
"""

from __future__ import annotations

import time
from typing import Protocol

from personalization.mailings.engine.attempt import Attempt, Outcome
from personalization.mailings.engine.http_line import HttpLine, HttpLineLost, HttpReply, HttpServer
from personalization.mailings.engine.line import Line, Lines, Parcel, Unreachable

_SHORT_WAIT_SECONDS = 2.0
"""What a lane sits out by itself; for longer waits its mails go back."""
_WAIT_SECONDS = 1.0
"""Where a provider says "too fast" or fails, and names no time."""


class Question(Protocol):
    """One mail as its provider wants to be asked to send it."""

    @property
    def request(self) -> bytes: ...

    def judged(self, reply: HttpReply) -> Attempt: ...


class Api(Protocol):
    """One provider."""

    @property
    def server(self) -> HttpServer: ...

    def question(self, parcel: Parcel) -> Question:
        """Raises ValueError for a mail that this provider cannot carry."""


class Pace:
    """When the provider wants to hear from us again; shared by all lines of a lane."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def heed(self, attempt: Attempt) -> None:
        if attempt.is_too_fast or attempt.is_outage:
            wait = attempt.retry_after_seconds or _WAIT_SECONDS
            self._quiet_until = max(self._quiet_until, time.monotonic() + wait)

    def wait(self) -> None:
        """A short wait is sat out. Raises Unreachable when a longer one is asked for."""
        left = self._quiet_until - time.monotonic()
        if left > _SHORT_WAIT_SECONDS:
            raise Unreachable(f"the provider asks us to wait {left:.0f} seconds")
        if left > 0:
            time.sleep(left)


class ApiLine:
    """One connection to a provider, kept open over many mails."""

    def __init__(self, api: Api, *, pace: Pace) -> None:
        self._api = api
        self._pace = pace
        self._http = HttpLine(api.server)
        self._question: Question | None = None
        self._unfit = ""

    @property
    def is_open(self) -> bool:
        return self._http.is_open

    def open(self) -> None:
        """Raises Unreachable."""
        try:
            self._http.open()
        except HttpLineLost as error:
            raise Unreachable(f"{self._api.server.host}:{self._api.server.port}: {error}") from error

    def close(self) -> None:
        self.drop()

    def drop(self) -> None:
        self._http.drop()
        self._question = None

    def offer(self, parcel: Parcel) -> None:
        """Nothing leaves: the mail is read and becomes the request."""
        self._question, self._unfit = None, ""
        try:
            self._question = self._api.question(parcel)
        except ValueError as error:
            self._unfit = str(error)

    def pass_bytes(self) -> Attempt | None:
        if self._question is None:
            return Attempt(Outcome.REFUSED, stage="payload", text=self._unfit)
        return None

    def withhold(self) -> Attempt:
        """Nothing has left, so nothing is cut."""
        self._question = None
        return Attempt(Outcome.WITHHELD, stage="payload", text="withheld before the request")

    def close_mail(self) -> Attempt | None:
        """The request; None when it is out. From here to the answer a cut line means IN_DOUBT."""
        assert self._question is not None
        try:
            if not self._http.is_quiet():
                raise HttpLineLost("the provider hung up")
            self._http.send(self._question.request)
        except HttpLineLost as error:
            self.drop()
            text = f"connection lost before the request: {error}"
            return Attempt(Outcome.DEFERRED, stage="request", text=text)
        return None

    def outcome(self) -> Attempt:
        """What the provider answers to the request."""
        assert self._question is not None
        try:
            attempt = self._question.judged(self._http.reply())
        except HttpLineLost as error:
            attempt = Attempt(Outcome.IN_DOUBT, stage="answer", text=f"no answer to the request: {error}")
        self._question = None
        self._pace.heed(attempt)
        return attempt


class ApiLines(Lines):
    """So many lines to one provider, at the pace that it bears."""

    def __init__(self, api: Api, *, count: int) -> None:
        self._pace = Pace()
        super().__init__([ApiLine(api, pace=self._pace) for _ in range(count)])

    def ready(self, wanted: int) -> list[Line]:
        self._pace.wait()
        return super().ready(wanted)
