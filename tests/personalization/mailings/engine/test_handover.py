"""What a line that is cut or interrupted means for its mail, before the final dot and after it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from personalization.mailings.engine.attempt import Outcome
from personalization.mailings.engine.handover import hand_over
from personalization.mailings.engine.line import Line, Parcel
from personalization.mailings.engine.smtp import SmtpLines, SmtpServer

BODY = b"Subject: Hello\r\n\r\nDear guest\r\n"


class Server:
    """Takes mails over any number of lines; a test may cut a line or speak on it at any moment."""

    def __init__(self, *, answers_dots: bool = True) -> None:
        self.answers_dots = answers_dots
        self.lines: list[socket.socket] = []
        self.taken: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError):  # a test has cut it
            self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        heard = line.makefile("rb")
        line.sendall(b"220 ready\r\n")
        for command in heard:
            if command.startswith(b"DATA"):
                line.sendall(b"354 go on\r\n")
                mail = b""
                while not mail.endswith(b"\r\n.\r\n"):
                    piece = heard.readline()
                    if not piece:
                        return
                    mail += piece
                self.taken.append(mail)
                if not self.answers_dots:
                    line.shutdown(socket.SHUT_RDWR)
                    return
            line.sendall(b"250 ok\r\n")

    def close(self) -> None:
        self._listener.close()
        for line in self.lines:
            line.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def lines_to(server: Server, *, count: int) -> list[Line]:
    there = SmtpServer("127.0.0.1", server.port, timeout_seconds=5)
    return SmtpLines(there, count=count).ready(count)


def parcels(count: int) -> list[Parcel]:
    return [Parcel(uuid4(), "a@shop.example", f"guest{n}@mail.example", BODY) for n in range(count)]


def after(happens: Callable[[], None]) -> Callable[[Sequence[Parcel]], Collection[UUID]]:
    """A commit during which something happens to the lines; it has arrived when the dots are due."""

    def commit(going: Sequence[Parcel]) -> set[UUID]:
        happens()
        time.sleep(0.05)
        return {parcel.id for parcel in going}

    return commit


def test_a_line_cut_before_the_dot_leaves_no_doubt_and_the_others_go_on(server: Server) -> None:
    first, second = parcels(2)
    lines = lines_to(server, count=2)
    cut = after(lambda: server.lines[0].shutdown(socket.SHUT_RDWR))
    attempts = hand_over(lines, parcels=[first, second], commit=cut)
    assert attempts[first.id].outcome is Outcome.DEFERRED
    assert "before the final dot" in str(attempts[first.id])
    assert attempts[second.id].outcome is Outcome.ACCEPTED
    assert len(server.taken) == 1


def test_a_goodbye_before_the_dot_is_no_answer_to_it(server: Server) -> None:
    [parcel] = parcels(1)
    goodbye = after(lambda: server.lines[0].sendall(b"421 4.3.2 closing for the night\r\n"))
    [attempt] = hand_over(lines_to(server, count=1), parcels=[parcel], commit=goodbye).values()
    assert (attempt.outcome, attempt.code) == (Outcome.DEFERRED, 421)
    assert server.taken == []


def test_whatever_is_said_too_early_the_mail_is_not_closed(server: Server) -> None:
    """Read as the answer to the dot, this 250 would count a mail as sent that nobody has taken."""
    [parcel] = parcels(1)
    lines = lines_to(server, count=1)
    early = after(lambda: server.lines[0].sendall(b"250 2.0.0 taken\r\n"))
    [attempt] = hand_over(lines, parcels=[parcel], commit=early).values()
    assert attempt.outcome is Outcome.DEFERRED
    assert not lines[0].is_open
    assert server.taken == []


def test_a_line_cut_after_the_dot_is_in_doubt(server: Server) -> None:
    server.answers_dots = False
    [parcel] = parcels(1)
    [attempt] = hand_over(lines_to(server, count=1), parcels=[parcel], commit=after(lambda: None)).values()
    assert attempt.outcome is Outcome.IN_DOUBT
    assert len(server.taken) == 1


def test_a_line_that_stays_quiet_takes_mail_after_mail(server: Server) -> None:
    lines = lines_to(server, count=2)
    for _ in range(3):
        attempts = hand_over(lines, parcels=parcels(2), commit=after(lambda: None))
        assert {attempt.outcome for attempt in attempts.values()} == {Outcome.ACCEPTED}
    assert (len(server.taken), len(server.lines)) == (6, 2)
