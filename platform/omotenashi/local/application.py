"""The whole application on this machine: free ports, one owner per var folder, the supervisor.

with Application(var_dir) as application:
    application.wait_until_ready(seconds=120)
    application.config.web_url
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TextIO

from omotenashi.local.config import with_free_ports
from omotenashi.local.locks import RunLock
from omotenashi.local.processes import all_processes, is_given
from omotenashi.local.servers import free_server_ports
from omotenashi.local.supervisor import Supervisor


class Application:
    """Owns the var folder from its making until `stop`; a second one is refused."""

    def __init__(
        self,
        var_dir: Path,
        *,
        with_inbox: bool | None = None,
        stream: TextIO | None = sys.stdout,
        announce: bool = False,
    ) -> None:
        """Without `with_inbox`, the inbox runs unless EMAIL_URL names a real mail server.

        `stream=None` writes to the log files only; `announce` prints the addresses when ready.
        """
        self.var_dir = var_dir.resolve()
        self.with_inbox = not is_given("EMAIL_URL") if with_inbox is None else with_inbox
        self._lock = RunLock(var_dir=self.var_dir)
        self._lock.acquire()
        free_server_ports(self.var_dir)
        inbox_ports = ("smtp_port", "inbox_port") if self.with_inbox else ()
        self.config = with_free_ports(self.var_dir, names=("web_port", *inbox_ports))
        processes = all_processes(var_dir=self.var_dir, config=self.config, with_inbox=self.with_inbox)
        self.supervisor = Supervisor(processes, var_dir=self.var_dir, stream=stream)
        if announce:
            self.supervisor.on_ready = self._announce

    def __enter__(self) -> Application:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        self.supervisor.start()

    def wait_until_ready(self, *, seconds: float) -> bool:
        return self.supervisor.wait_until_ready(seconds=seconds)

    def run(self) -> None:
        """Until Ctrl-C or SIGTERM; starts first if `start` was not called."""
        try:
            self.supervisor.run()
        finally:
            self._lock.release()

    def stop(self) -> None:
        self.supervisor.stop()
        self._lock.release()

    def urls(self) -> dict[str, str]:
        """What to open in a browser, by name."""
        web = self.config.web_url
        urls = {"studio": f"{web}/studio/", "API": f"{web}/api/docs/"}
        return urls | ({"inbox": self.config.inbox_url} if self.with_inbox else {})

    def _announce(self) -> None:
        for name, url in self.urls().items():
            self.supervisor.say(f"{name:<6} {url}")
        self.supervisor.say("ready; Ctrl-C stops everything")
