"""The whole of `manage.py run`, as a person has it: up, killed here and there, stopped."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from omotenashi.local.children import command_line, is_alive, wait_until
from omotenashi.local.config import load_or_create
from omotenashi.local.servers import LocalServers

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 300
CHILDREN = ("postgres", "valkey", "web", "worker-gpu", "worker-batch", "worker-mail", "scheduler", "inbox")

pytestmark = pytest.mark.slow


class Run:
    """One `manage.py run` in a var folder of its own."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        names = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE")
        kept = {name: value for name, value in os.environ.items() if name not in names}
        self.environment = kept | {"OMOTENASHI_VAR": str(var_dir)}
        self.output = var_dir / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def said(self, text: str) -> int:
        return self.output.read_text().count(text)

    def has_started_or_failed(self) -> bool:
        return self.said("ready; Ctrl-C") == 1 or self.process.poll() is not None

    def children(self) -> dict[str, int]:
        """The pid of each child of the supervisor, by what its command line contains."""
        marks = {
            "bin/postgres": "postgres",
            "valkey-server": "valkey",
            "granian": "web",
            "gpu@": "worker-gpu",
            "batch@": "worker-batch",
            " mail_worker": "worker-mail",
            " beat ": "scheduler",
            " inbox ": "inbox",
        }
        task = Path(f"/proc/{self.process.pid}/task")
        pids = [int(pid) for thread in task.glob("*/children") for pid in thread.read_text().split()]
        lines = {pid: command_line(pid) for pid in pids}
        return {name: pid for pid, line in lines.items() for mark, name in marks.items() if mark in line}


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    folder = Path(tempfile.mkdtemp(prefix="omotenashi-run-"))
    folder.chmod(0o755)
    running = Run(folder)
    try:
        wait_until(running.has_started_or_failed, seconds=PATIENCE)
        assert running.said("ready; Ctrl-C") == 1, running.output.read_text()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(PATIENCE)
        servers = LocalServers(folder)
        servers.stop_background()
        servers.remove_data()
        shutil.rmtree(folder)


def test_it_starts_every_process_and_answers(run: Run) -> None:
    assert sorted(run.children()) == sorted(CHILDREN)
    with urllib.request.urlopen(f"{load_or_create(run.var_dir).web_url}/readyz", timeout=10) as answer:
        assert answer.status == 200


def test_it_refuses_a_second_start_in_the_same_folder(run: Run) -> None:
    second = run.manage("run")
    assert second.returncode == 1
    assert f"already running in {run.var_dir} (process {run.process.pid})" in second.stderr


@pytest.mark.parametrize("names", [("postgres", "web"), ("valkey", "worker-batch")], ids="+".join)
def test_it_restores_killed_processes_and_finishes_every_job(run: Run, names: tuple[str, str]) -> None:
    before = run.children()
    backs = {name: run.said(f"{name} is back") for name in names}
    victims = [before[name] for name in names]
    done = run.manage("shell", "-c", KILL_WHILE_WORKING.format(pids=victims))
    assert done.stdout.splitlines()[-1:] == ["{'succeeded': 40}"], done.stderr
    for name in names:
        assert wait_until(lambda name=name: run.said(f"{name} is back") > backs[name], seconds=PATIENCE)  # type: ignore[misc]
        assert run.children()[name] != before[name]


def test_it_stops_everything_on_ctrl_c(run: Run) -> None:
    children = run.children()
    assert len(children) == len(CHILDREN)
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(PATIENCE) == 0
    assert [name for name, pid in children.items() if is_alive(pid)] == []


KILL_WHILE_WORKING = """
import os, signal, time
from collections import Counter
from django.db import OperationalError, connection
from omotenashi.accounts.models import Workspace
from omotenashi.accounts.services import create_workspace
from omotenashi.jobs import Job, enqueue

workspace = Workspace.objects.first() or create_workspace(name="Shop", slug="shop")
ids = [
    enqueue("personalization.refresh_customers", workspace=workspace, customer_ids=[]).id for _ in range(40)
]
for pid in {pids}:
    os.kill(pid, signal.SIGKILL)

def states():
    try:
        return Counter(Job.objects.filter(id__in=ids).values_list("state", flat=True))
    except OperationalError:
        connection.close()
        return Counter(unreachable=1)

deadline = time.monotonic() + 300
while set(states()) - {{"succeeded", "failed"}} and time.monotonic() < deadline:
    time.sleep(0.5)
print(dict(states()))
"""
