"""The processes behind `make run`: the two servers, the web, the workers, the scheduler, the inbox."""

from __future__ import annotations

import http.client
import os
import signal
import sys
from pathlib import Path

from omotenashi.local.children import Command
from omotenashi.local.config import LocalConfig
from omotenashi.local.ports import HOST, is_port_answering
from omotenashi.local.postgres import PostgresServer
from omotenashi.local.servers import Server
from omotenashi.local.supervised import Process
from omotenashi.local.valkey import ValkeyServer

ROOT = Path(__file__).resolve().parents[3]
"""The checkout, when this runs from one."""
SERVERS = ("postgres", "valkey")
WEB_APPLICATION = "personalization.web:application"

WORKERS = {
    # One process owns the language model; its threads share the model's batches.
    "worker-gpu": ("-Q", "gpu", "--pool=threads", "-c", "8", "-n", "gpu@%h"),
    "worker-batch": ("-Q", "embed,batch,default", "--pool=prefork", "-c", "2", "-n", "batch@%h"),
}


def is_given(variable: str) -> bool:
    """Whether the environment names this setting, itself or as `<name>_FILE`."""
    return any(os.environ.get(name, "").strip() for name in (variable, f"{variable}_FILE"))


def all_processes(*, var_dir: Path, config: LocalConfig, with_inbox: bool) -> list[Process]:
    """Everything, in the order of start; servers that the environment names elsewhere are left out."""
    servers: list[Server] = []
    if not is_given("DATABASE_URL"):
        servers.append(PostgresServer(var_dir=var_dir, config=config))
    if not is_given("REDIS_URL"):
        servers.append(ValkeyServer(var_dir=var_dir, config=config))
    program = _Program(var_dir=var_dir, config=config)
    processes = [_server(server) for server in servers]
    processes += [program.migrate(), program.web(), *program.workers(), program.scheduler()]
    return [*processes, program.inbox()] if with_inbox else processes


def _server(server: Server) -> Process:
    def prepare() -> None:
        # One that was started in the background (or orphaned on a system without death
        # signals) gives its place to one that the supervisor can watch.
        server.stop()
        server.prepare()

    return Process(
        name=server.name,
        command=server.command,
        prepare=prepare,
        is_ready=server.is_ready,
        stop_signals=server.stop_signals,
        stop_seconds=20,
    )


class _Program:
    """Our own code: the same interpreter, folder and environment for every process."""

    def __init__(self, *, var_dir: Path, config: LocalConfig) -> None:
        self.config = config
        self.environment = _environment(var_dir=var_dir, config=config)

    def command(self, *arguments: str) -> Command:
        cwd = ROOT if (ROOT / "manage.py").exists() else None
        return Command(argv=(sys.executable, *arguments), env=self.environment, cwd=cwd)

    def migrate(self) -> Process:
        command = self.command("-m", "django", "migrate", "--no-input")
        return Process(name="migrate", command=lambda: command, after=SERVERS, is_one_shot=True)

    def web(self) -> Process:
        address = ("--host", HOST, "--port", str(self.config.web_port))
        # Event streams are endless: without a limit they would hold up every stop.
        options = ("--no-log", "--loop", "uvloop", "--http", "1", "--workers-kill-timeout", "3")
        command = self.command("-m", "granian", "--interface", "rsgi", *address, *options, WEB_APPLICATION)
        return Process(
            name="web",
            command=lambda: command,
            after=("migrate", *SERVERS),
            is_ready=lambda: _answers_http(self.config.web_port),
        )

    def workers(self) -> list[Process]:
        # Gossip and mingle let workers know each other; ours need only the queue, and start sooner.
        alone = ("--without-gossip", "--without-mingle")
        celery = [self._celery(name, "worker", *options, *alone) for name, options in WORKERS.items()]
        return [*celery, self.mail_worker()]

    def mail_worker(self) -> Process:
        """Asks PostgreSQL for its work, so it needs no queue and is never deaf."""
        command = self.command("-m", "django", "mail_worker")
        return Process(
            name="worker-mail",
            command=lambda: command,
            after=("migrate", *SERVERS),
            ready_line=r"\bready\b",
            settle_seconds=60,
            stop_seconds=20,
        )

    def scheduler(self) -> Process:
        # Its whole schedule is in the settings: nothing to keep on disk.
        return self._celery("scheduler", "beat", "--scheduler", "celery.beat:Scheduler")

    def inbox(self) -> Process:
        ports = ("--smtp-port", str(self.config.smtp_port), "--web-port", str(self.config.inbox_port))
        command = self.command("-m", "django", "inbox", *ports)
        return Process(
            name="inbox",
            command=lambda: command,
            is_ready=lambda: is_port_answering(self.config.inbox_port),
        )

    def _celery(self, name: str, *arguments: str) -> Process:
        command = self.command("-m", "celery", "--quiet", "-A", "workers.celery_app", *arguments)
        return Process(
            name=name,
            command=lambda: command,
            after=("migrate", *SERVERS),
            # A worker may stay deaf after its broker came back.
            restart_after=("valkey",),
            ready_line=r"\bready\b|beat: Starting",
            settle_seconds=60 if name in WORKERS else 3,
            stop_signals=(signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL),
            stop_seconds=10,
        )


def _environment(*, var_dir: Path, config: LocalConfig) -> dict[str, str]:
    defaults = {
        "DJANGO_SETTINGS_MODULE": "omotenashi.settings",
        "OMP_NUM_THREADS": "1",
        "PUBLIC_URL": config.web_url,
    }
    fixed = {"PYTHONUNBUFFERED": "1", "OMOTENASHI_VAR": str(var_dir)}
    if (ROOT / "manage.py").exists():
        inherited = os.environ.get("PYTHONPATH", "")
        places = [str(ROOT), str(ROOT / "platform"), *filter(None, [inherited])]
        fixed["PYTHONPATH"] = os.pathsep.join(places)
    return defaults | dict(os.environ) | fixed


def _answers_http(port: int) -> bool:
    """Any answer will do: whether it is a good one is for monitoring to judge."""
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/livez")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
