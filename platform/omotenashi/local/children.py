"""Child processes that die with their parent, and process ids that can be trusted."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from omotenashi.local.accounts import Account

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, kw_only=True)
class Command:
    """How to run one program."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment; empty means a copy of ours."""
    cwd: Path | None = None
    account: Account | None = None
    death_signal: signal.Signals = signal.SIGKILL
    """What the child receives when its parent dies (Linux only)."""


def spawn(
    command: Command,
    *,
    output: int | IO[bytes],
    outlives_parent: bool = False,
) -> subprocess.Popen[bytes]:
    """Start the program in its own session, so that the terminal's Ctrl-C reaches only us.

    The death signal is tied to the *thread* that spawns: call from one that lasts.
    """
    account = command.account
    return subprocess.Popen(
        command.argv,
        env=dict(command.env) or None,
        cwd=command.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        # Runs after the change of user, which would clear the death signal.
        preexec_fn=None if outlives_parent else _die_with_parent(command.death_signal, parent=os.getpid()),
    )


def _die_with_parent(death_signal: signal.Signals, *, parent: int) -> Callable[[], None]:
    libc, number = _LIBC, int(death_signal)

    def ask_kernel() -> None:
        if libc is None:
            return
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the request
            os._exit(1)

    return ask_kernel


def die_with_parent() -> None:
    """For a process that somebody else's program forked."""
    _die_with_parent(signal.SIGKILL, parent=os.getppid())()


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _state(pid) != "Z"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def command_line(pid: int) -> str:
    """The command line of a running process, empty when there is none."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            return ""
    arguments = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False).stdout.strip()


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Ask again and again until it is true or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def stop_process(pid: int, *, signals: tuple[signal.Signals, ...], seconds: float) -> None:
    """Send each signal in turn, waiting `seconds` after each, until the process is gone."""
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: _is_gone(pid), seconds=seconds):
            return


def _is_gone(pid: int) -> bool:
    with suppress(ChildProcessError):
        # On systems without /proc our own child seems alive until somebody asks for its end.
        os.waitpid(pid, os.WNOHANG)
    return not is_alive(pid)
