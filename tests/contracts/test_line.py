"""One contract for all lines that a lane hands its mails to, whatever is spoken on them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

import pytest

from personalization.mailings.engine.attempt import Attempt, Outcome
from personalization.mailings.engine.handover import hand_over
from personalization.mailings.engine.line import Lines, Parcel, Unreachable
from personalization.mailings.engine.smtp import SmtpLines, SmtpServer
from personalization.mailings.transport import new_lines
from tests.personalization.mailings.engine.test_handover import Server
from tests.personalization.mailings.provider import Provider, Resend, serving
from tests.personalization.mailings.test_provider_api import parcel


class FarSide(Protocol):
    """Whoever takes the mails."""

    lines: Lines

    def taken(self) -> int: ...

    def connections(self) -> int: ...

    def cut(self) -> None: ...

    def take_and_hang_up(self) -> None: ...

    def stop(self) -> None: ...


class Relay:
    def __init__(self) -> None:
        self.server = Server()
        self.lines: Lines = SmtpLines(SmtpServer("127.0.0.1", self.server.port, timeout_seconds=2), count=4)

    def taken(self) -> int:
        return len(self.server.taken)

    def connections(self) -> int:
        return len(self.server.lines)

    def cut(self) -> None:
        for line in self.server.lines:
            line.shutdown(socket.SHUT_RDWR)

    def take_and_hang_up(self) -> None:
        self.server.answers_dots = False

    def stop(self) -> None:
        self.server._listener.shutdown(socket.SHUT_RDWR)
        self.server.close()


class Api:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.lines = new_lines()

    def taken(self) -> int:
        return len(self.provider.accepted)

    def connections(self) -> int:
        return len(self.provider.sockets)

    def cut(self) -> None:
        self.provider.cut_lines()

    def take_and_hang_up(self) -> None:
        self.provider.faults["*"] = "cut"

    def stop(self) -> None:
        self.provider.stop_listening()


@pytest.fixture(params=["relay", "api"])
def far_side(request: pytest.FixtureRequest, settings: Any) -> Iterator[FarSide]:
    if request.param == "relay":
        relay = Relay()
        with relay.lines:
            yield relay
        relay.server.close()
        return
    with serving(Resend, settings) as provider:
        api = Api(provider)
        with api.lines:
            yield api


def all_of(parcels: Sequence[Parcel]) -> set[UUID]:
    return {own.id for own in parcels}


def handed_over(
    far_side: FarSide, *, count: int = 1, commit: Callable[[Sequence[Parcel]], set[UUID]] = all_of
) -> list[Attempt]:
    mails = [parcel(to=f"guest{number}@mail.example") for number in range(count)]
    attempts = hand_over(far_side.lines.ready(count), parcels=mails, commit=commit)
    return [attempts[own.id] for own in mails]


def test_a_closed_mail_is_accepted(far_side: FarSide) -> None:
    [attempt] = handed_over(far_side)
    assert (attempt.outcome, attempt.is_after_commit) == (Outcome.ACCEPTED, True)
    assert far_side.taken() == 1


def test_lines_are_used_again_for_mail_after_mail(far_side: FarSide) -> None:
    for _ in range(3):
        handed_over(far_side, count=2)
    assert (far_side.taken(), far_side.connections()) == (6, 2)


def test_a_withheld_mail_is_not_taken_and_the_next_one_is(far_side: FarSide) -> None:
    [attempt] = handed_over(far_side, commit=lambda parcels: set())
    assert (attempt.outcome, far_side.taken()) == (Outcome.WITHHELD, 0)
    assert handed_over(far_side)[0].outcome is Outcome.ACCEPTED


def test_a_commit_that_fails_lets_no_mail_out(far_side: FarSide) -> None:
    def fails(parcels: Sequence[Parcel]) -> set[UUID]:
        raise ConnectionError("the database is gone")

    with pytest.raises(ConnectionError):
        handed_over(far_side, count=3, commit=fails)
    time.sleep(0.05)
    assert far_side.taken() == 0
    assert {own.outcome for own in handed_over(far_side, count=3)} == {Outcome.ACCEPTED}


def test_a_line_cut_before_the_mail_is_closed_leaves_no_doubt(far_side: FarSide) -> None:
    def meanwhile(parcels: Sequence[Parcel]) -> set[UUID]:
        far_side.cut()
        time.sleep(0.05)
        return all_of(parcels)

    handed_over(far_side)
    [attempt] = handed_over(far_side, commit=meanwhile)
    assert (attempt.outcome, attempt.is_after_commit) == (Outcome.DEFERRED, True)
    assert far_side.taken() == 1


def test_a_line_cut_after_the_mail_is_closed_leaves_a_doubt(far_side: FarSide) -> None:
    far_side.take_and_hang_up()
    [attempt] = handed_over(far_side)
    assert (attempt.outcome, attempt.is_after_commit) == (Outcome.IN_DOUBT, True)
    assert far_side.taken() == 1


def test_a_server_that_is_not_there_is_said_before_any_mail_is_offered(far_side: FarSide) -> None:
    far_side.stop()
    with pytest.raises(Unreachable):
        far_side.lines.ready(2)
