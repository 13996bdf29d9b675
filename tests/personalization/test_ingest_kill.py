"""Taking events in, killed without warning: what was answered is there, and nothing is there twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from django.conf import settings
from django.db import connection

from benchmarks.lines import write_lines
from omotenashi.accounts.models import Workspace
from personalization.models import Event

ROOT = Path(__file__).resolve().parents[2]
BATCHES, SIZE = 400, 100


def start(workspace: Workspace, bodies: Path) -> "subprocess.Popen[str]":
    values = connection.settings_dict
    url = f"postgresql://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE}
    worker = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.ingest_worker", workspace.slug, str(bodies), "4"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdin is not None
    worker.stdin.write(f"run 0 {BATCHES}\n")
    worker.stdin.flush()
    return worker


def done(told: str) -> dict[int, int]:
    words = [line.split() for line in told.splitlines() if line.startswith("done")]
    return {int(number): int(accepted) for _, number, accepted in words}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_loses_and_doubles_nothing_under_kill_9(workspace: Workspace, tmp_path: Path) -> None:
    bodies = tmp_path / "bodies"
    ids = [[f"m-{batch}-{n}" for n in range(SIZE)] for batch in range(BATCHES)]
    events = [
        [{"type": "page", "userId": "kim", "name": one, "messageId": one} for one in own] for own in ids
    ]
    write_lines(bodies, (orjson.dumps({"batch": own}) for own in events))
    first = start(workspace, bodies)
    while first.poll() is None and Event.objects.count() < 20 * SIZE:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    answered = done(first.communicate()[0])
    assert 0 < len(answered) < BATCHES
    there = set(Event.objects.values_list("name", flat=True))
    assert {one for batch in answered for one in ids[batch]} <= there
    second = start(workspace, bodies)
    told, _ = second.communicate(timeout=120)
    assert len(done(told)) == BATCHES
    names = list(Event.objects.values_list("name", flat=True))
    assert len(names) == len(set(names)) == BATCHES * SIZE
