"""docker/: what can be known without a Docker daemon."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from omotenashi.jobs.routes import QUEUES
from omotenashi.local.processes import WORKERS

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = ROOT / "docker" / "compose.yaml"


@pytest.fixture
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return services


def all_queues() -> set[str]:
    """Those of jobs, and the one of the scheduler's ticks."""
    return {*QUEUES.values(), settings.CELERY["task_default_queue"]}


def queues_of(command: list[str] | tuple[str, ...]) -> set[str]:
    return set(command[command.index("-Q") + 1].split(",")) if "-Q" in command else set()


def test_it_has_a_worker_for_every_queue(services: dict[str, Any]) -> None:
    everywhere = [service for service in services.values() if "profiles" not in service]
    served = set().union(*(queues_of(service.get("command", [])) for service in everywhere))
    assert served == all_queues()


def test_it_has_a_worker_for_every_queue_without_docker_too() -> None:
    assert set().union(*(queues_of(options) for options in WORKERS.values())) == all_queues()


def test_it_waits_only_for_services_that_exist(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name


def test_it_publishes_nothing_beyond_this_machine(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if "127.0.0.1:" not in port] == []


def test_it_is_read_by_docker_compose(tmp_path: Path) -> None:
    for program in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(program[0])
            and subprocess.run([*program, "version"], capture_output=True).returncode == 0
        ):
            break
    else:
        pytest.skip("docker compose is not installed on this machine")
    text = COMPOSE.read_text()
    if program == ["docker-compose"]:
        # Version 1 does not know the project's name; all else it understands.
        text = text.replace("\nname: omotenashi\n", "\n")
    path = tmp_path / "compose.yaml"
    path.write_text(text)
    read = subprocess.run(
        [*program, "-f", str(path), "--profile", "gpu", "config", "--quiet"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert read.returncode == 0, read.stderr


def test_it_makes_the_passwords_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    def make() -> dict[str, str]:
        subprocess.run([sys.executable, ROOT / "docker" / "make_secrets.py", tmp_path], check=True)
        return {path.name: path.read_text() for path in tmp_path.iterdir()}

    first = make()
    assert make() == first
    assert first["postgres_password"] in first["database_url"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o400}
