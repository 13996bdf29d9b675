"""`python manage.py local start|stop|status`: the two servers alone, in the background."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from omotenashi.local.errors import LocalError
from omotenashi.local.servers import LocalServers


class Command(BaseCommand):
    help = "Start or stop the local PostgreSQL and Valkey in the background, or show their state."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("start", "stop", "status"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            servers = LocalServers(settings.VAR)
            {"start": self._start, "stop": self._stop, "status": self._status}[options["action"]](servers)
        except LocalError as error:
            raise CommandError(str(error)) from error

    def _start(self, servers: LocalServers) -> None:
        servers.start(outlive_parent=True)
        servers.stop()
        self._status(servers)

    def _stop(self, servers: LocalServers) -> None:
        servers.stop_background()
        self._status(servers)

    def _status(self, servers: LocalServers) -> None:
        ports = {"postgres": servers.config.postgres_port, "valkey": servers.config.valkey_port}
        for name, pid in servers.running().items():
            state = f"running, process {pid}, port {ports[name]}" if pid else "stopped"
            self.stdout.write(f"{name:<9} {state}")
