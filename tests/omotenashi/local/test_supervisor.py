"""The supervisor, on small real processes: order, restarts, stops, no orphans."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from omotenashi.local.children import Command, is_alive, wait_until
from omotenashi.local.errors import LocalError
from omotenashi.local.supervised import Process, State
from omotenashi.local.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[3]
SLEEPER = "echo started $$; exec sleep 60"
PATIENCE = 20


def process(name: str, script: str, **options: Any) -> Process:
    command = Command(argv=("/bin/sh", "-c", script), cwd=Path("/"))
    return Process(**({"name": name, "command": lambda: command, "settle_seconds": 0} | options))


@contextmanager
def supervised(processes: Sequence[Process], *, var_dir: Path) -> Iterator[tuple[Supervisor, io.StringIO]]:
    output = io.StringIO()
    supervisor = Supervisor(processes, var_dir=var_dir, stream=output)
    supervisor.start()
    try:
        yield supervisor, output
    finally:
        supervisor.stop()


def eventually(condition: Callable[[], bool]) -> None:
    assert wait_until(condition, seconds=PATIENCE)


def pid_of(supervisor: Supervisor, name: str) -> int:
    child = supervisor.children[name].child
    assert child is not None
    return child.pid


def test_it_starts_what_others_need_first(tmp_path: Path) -> None:
    mark = tmp_path / "migrated"
    processes = [
        process("web", f"test -e {mark} && exec sleep 60", after=("migrate",)),
        process("migrate", f"sleep 0.3; touch {mark}", is_one_shot=True),
    ]
    with supervised(processes, var_dir=tmp_path) as (supervisor, _output):
        assert supervisor.wait_until_ready(seconds=PATIENCE)
        assert supervisor.states() == {"web": State.READY, "migrate": State.DONE}
        assert supervisor.children["web"].failures == 0


def test_it_waits_for_the_line_that_says_ready(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = f"echo loading; until test -e {gate}; do sleep 0.05; done; echo worker ready.; exec sleep 60"
    slow = process("worker", script, ready_line=r"\bready\b", settle_seconds=600)
    with supervised([slow], var_dir=tmp_path) as (supervisor, output):
        eventually(lambda: "loading" in output.getvalue())
        assert supervisor.states() == {"worker": State.STARTING}
        gate.touch()
        assert supervisor.wait_until_ready(seconds=PATIENCE)


def test_it_names_the_process_on_every_line_and_keeps_a_log(tmp_path: Path) -> None:
    script = "printf 'one\\ntwo ☕\\nno newline'; printf 'to stderr' >&2; sleep 60"
    with supervised([process("web", script)], var_dir=tmp_path) as (_supervisor, output):
        eventually(lambda: "two ☕" in output.getvalue())
    lines = output.getvalue().splitlines()
    assert lines[:2] == ["web        | one", "web        | two ☕"]
    assert "web        | no newlineto stderr" in lines
    assert (tmp_path / "log" / "web.log").read_text() == "one\ntwo ☕\nno newlineto stderr\n"


def test_it_restarts_a_killed_process(tmp_path: Path) -> None:
    with supervised([process("web", SLEEPER)], var_dir=tmp_path) as (supervisor, output):
        assert supervisor.wait_until_ready(seconds=PATIENCE)
        before = pid_of(supervisor, "web")
        os.kill(before, signal.SIGKILL)
        eventually(lambda: supervisor.children["web"].times_ready == 2)
        assert pid_of(supervisor, "web") != before
        assert "web stopped by itself (killed by SIGKILL); it starts again in 0.5 s" in output.getvalue()


def test_it_removes_what_a_killed_process_left_in_its_group(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    script = f"sleep 60 & echo $! > {note}.new; mv {note}.new {note}; wait"
    with supervised([process("worker", script)], var_dir=tmp_path) as (supervisor, _output):
        eventually(note.exists)
        grandchild = int(note.read_text())
        os.kill(pid_of(supervisor, "worker"), signal.SIGKILL)
        eventually(lambda: not is_alive(grandchild))


def test_it_restarts_the_workers_when_their_broker_was_away(tmp_path: Path) -> None:
    processes = [
        process("valkey", SLEEPER),
        process("worker", SLEEPER, after=("valkey",), restart_after=("valkey",)),
        process("web", SLEEPER, after=("valkey",)),
    ]
    with supervised(processes, var_dir=tmp_path) as (supervisor, _output):
        assert supervisor.wait_until_ready(seconds=PATIENCE)
        worker, web = pid_of(supervisor, "worker"), pid_of(supervisor, "web")
        os.kill(pid_of(supervisor, "valkey"), signal.SIGKILL)
        eventually(lambda: supervisor.children["worker"].times_ready == 2)
        assert pid_of(supervisor, "worker") != worker
        assert pid_of(supervisor, "web") == web
        assert supervisor.children["worker"].failures == 0


def test_it_holds_back_what_depends_on_a_failed_step_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omotenashi.local.supervised.FIRST_DELAY", 0.01)
    processes = [
        process("migrate", "echo no such table; exit 3", is_one_shot=True),
        process("web", SLEEPER, after=("migrate",)),
    ]
    with supervised(processes, var_dir=tmp_path) as (supervisor, output):
        eventually(lambda: "5 times in a row" in output.getvalue())
        assert supervisor.states()["web"] is State.WAITING
    assert "migrate stopped by itself (exit code 3)" in output.getvalue()
    assert str(tmp_path / "log" / "migrate.log") in output.getvalue()


def test_it_tries_again_when_a_preparation_fails(tmp_path: Path) -> None:
    attempts: list[int] = []

    def prepare() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise LocalError("the folder belongs to another user")

    with supervised([process("postgres", SLEEPER, prepare=prepare)], var_dir=tmp_path) as (
        supervisor,
        output,
    ):
        assert supervisor.wait_until_ready(seconds=PATIENCE)
    assert "postgres cannot start: the folder belongs to another user" in output.getvalue()


def test_it_stops_in_the_reverse_order(tmp_path: Path) -> None:
    order = tmp_path / "order"
    script = "trap 'sleep {2}; echo {0} >> {1}; exit' TERM; echo trap is set; while :; do sleep 0.05; done"
    patient = {"ready_line": "trap is set", "settle_seconds": 600}
    processes = [
        process("postgres", script.format("postgres", order, 0), **patient),
        process("web", script.format("web", order, 0.5), after=("postgres",), **patient),
    ]
    with supervised(processes, var_dir=tmp_path) as (supervisor, _output):
        assert supervisor.wait_until_ready(seconds=PATIENCE)
    assert order.read_text().split() == ["web", "postgres"]
    assert set(supervisor.states().values()) == {State.STOPPED}


def test_it_kills_a_process_that_will_not_stop(tmp_path: Path) -> None:
    deaf = process("web", "trap '' TERM; echo deaf; while :; do sleep 0.05; done", stop_seconds=0.2)
    with supervised([deaf], var_dir=tmp_path) as (supervisor, output):
        eventually(lambda: "deaf" in output.getvalue())
        pid = pid_of(supervisor, "web")
    assert not is_alive(pid)


PROGRAM = """
import sys
from pathlib import Path
from omotenashi.local.children import Command
from omotenashi.local.supervised import Process
from omotenashi.local.supervisor import Supervisor

script = "sleep 60 & echo pids $$ $!; wait"
command = Command(argv=("/bin/sh", "-c", script))
processes = [Process(name=name, command=lambda: command) for name in ("web", "worker")]
Supervisor(processes, var_dir=Path(sys.argv[1])).run()
"""


@pytest.fixture
def running_program(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A supervisor in a process of its own, with the pids of all it started."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "platform")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    pids: list[int] = []
    while len(pids) < 4:
        words = program.stdout.readline().split()
        pids += [int(word) for word in words if word.isdigit()]
    yield program, pids
    program.kill()
    program.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_no_orphans_when_told_to_stop(
    running_program: tuple[subprocess.Popen[str], list[int]], number: signal.Signals
) -> None:
    program, pids = running_program
    program.send_signal(number)
    assert program.wait(PATIENCE) == 0
    assert not any(is_alive(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_it_takes_its_processes_along_when_it_is_killed(
    running_program: tuple[subprocess.Popen[str], list[int]],
) -> None:
    program, pids = running_program
    children = pids[::2]  # a grandchild is its own parent's business
    program.kill()
    eventually(lambda: not any(is_alive(pid) for pid in children))
    for orphan in pids[1::2]:
        os.kill(orphan, signal.SIGKILL)
