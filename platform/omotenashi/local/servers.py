"""Start and stop both local servers together, without the rest of the application.

with LocalServers(var_dir) as servers:
    servers.database_url, servers.redis_url
"""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Protocol

from omotenashi.local import logs
from omotenashi.local.children import Command, spawn, wait_until
from omotenashi.local.config import LocalConfig, load_or_create, with_free_ports
from omotenashi.local.errors import AlreadyRunning, LocalError
from omotenashi.local.locks import RunLock
from omotenashi.local.postgres import PostgresServer
from omotenashi.local.valkey import ValkeyServer

START_SECONDS = 60
"""Crash recovery after a kill -9 is included."""
START_ATTEMPTS = 5


class Server(Protocol):
    """What `postgres.py` and `valkey.py` have in common."""

    name: str
    stop_signals: tuple[signal.Signals, ...]

    def prepare(self) -> None: ...
    def command(self) -> Command: ...
    def is_ready(self) -> bool: ...
    def running_pid(self) -> int | None: ...
    def stop(self, *, seconds: float = ...) -> None: ...
    def remove_data(self) -> None: ...


class LocalServers:
    """PostgreSQL and Valkey of one var folder, for the length of a `with` block.

    Servers that run already (started in the background, or by `make run`) are used and left
    running. `durable=False` is for throwaway data: no fsync, nothing kept by Valkey.
    """

    def __init__(self, var_dir: Path, *, durable: bool = True) -> None:
        self.var_dir = var_dir.resolve()
        self.durable = durable
        self.config = load_or_create(self.var_dir)
        self._lock = RunLock(var_dir=self.var_dir)
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def database_url(self) -> str:
        return self.config.database_url

    @property
    def redis_url(self) -> str:
        return self.config.redis_url

    def __enter__(self) -> LocalServers:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *, outlive_parent: bool = False) -> None:
        """Start what is not running; returns when both answer."""
        try:
            self._lock.acquire()
        except AlreadyRunning:
            self._join_running()
            return
        try:
            self._start_missing(outlive_parent=outlive_parent)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what this object started."""
        for server in reversed(self.all_servers()):
            child = self._children.pop(server.name, None)
            if child is not None:
                server.stop()
                _end(child)
        self._lock.release()

    def stop_background(self) -> None:
        """Stop servers that outlived the process that started them."""
        self._lock.acquire()
        try:
            for server in reversed(self.all_servers()):
                server.stop()
        finally:
            self._lock.release()

    def remove_data(self) -> None:
        """Delete the databases of a throwaway var folder; the servers must be stopped."""
        for server in self.all_servers():
            server.remove_data()

    def all_servers(self) -> tuple[PostgresServer, ValkeyServer]:
        return (
            PostgresServer(var_dir=self.var_dir, config=self.config, durable=self.durable),
            ValkeyServer(var_dir=self.var_dir, config=self.config, durable=self.durable),
        )

    def running(self) -> dict[str, int | None]:
        """The pid of each server, None for one that does not run."""
        return {server.name: server.running_pid() for server in self.all_servers()}

    def _start_missing(self, *, outlive_parent: bool) -> None:
        self.config = free_server_ports(self.var_dir)
        postgres, valkey = self.all_servers()
        missing: list[Server] = [server for server in (postgres, valkey) if server.running_pid() is None]
        for server in missing:
            self._launch(server, outlive_parent=outlive_parent)
        for server in (postgres, valkey):
            self._wait_for(server, outlive_parent=outlive_parent)
        if outlive_parent:
            self._children.clear()

    def _launch(self, server: Server, *, outlive_parent: bool) -> None:
        server.prepare()
        with logs.open_for(self.var_dir, name=server.name) as output:
            command = server.command()
            child = spawn(command, output=output, outlives_parent=outlive_parent)
        self._children[server.name] = child

    def _wait_for(self, server: Server, *, outlive_parent: bool) -> None:
        """Wait for the first answer, trying again if the server gives up.

        After a kill -9, PostgreSQL refuses to start until the last old backend is gone.
        """
        deadline = time.monotonic() + START_SECONDS
        attempts = 1
        while time.monotonic() < deadline:
            if server.is_ready():
                return
            if _has_ended(self._children.get(server.name)):
                if attempts == START_ATTEMPTS:
                    break
                attempts += 1
                time.sleep(attempts - 1)
                self._launch(server, outlive_parent=outlive_parent)
            time.sleep(0.05)
        raise self._no_answer(server)

    def _no_answer(self, server: Server) -> LocalError:
        path = logs.path_of(self.var_dir, name=server.name)
        return LocalError(f"{server.name} did not start. The end of {path}:\n{logs.tail(path)}")

    def _join_running(self) -> None:
        """Another process runs the servers, or is about to: wait until they answer."""
        for server in self.all_servers():
            if not wait_until(server.is_ready, seconds=START_SECONDS):
                raise self._no_answer(server)


def free_server_ports(var_dir: Path) -> LocalConfig:
    """The configuration, with new ports for servers that are stopped and whose port is taken."""
    config = load_or_create(var_dir)
    stopped = []
    if PostgresServer(var_dir=var_dir, config=config).running_pid() is None:
        stopped.append("postgres_port")
    if ValkeyServer(var_dir=var_dir, config=config).running_pid() is None:
        stopped.append("valkey_port")
    return with_free_ports(var_dir, names=stopped)


def _has_ended(child: subprocess.Popen[bytes] | None) -> bool:
    return child is not None and child.poll() is not None


def _end(child: subprocess.Popen[bytes]) -> None:
    """Reap the child; one that did not even write its pid file yet is still alive here."""
    if child.poll() is None:
        child.terminate()
    child.wait()
