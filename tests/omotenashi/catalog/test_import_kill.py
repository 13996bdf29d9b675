"""An import in a process of its own, killed without warning and started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import ImportRun, Product
from tests.omotenashi.catalog.feeds import tsv

ROOT = Path(__file__).resolve().parents[3]
ROWS = 6000


def command(feed: Path) -> "subprocess.Popen[str]":
    values = connection.settings_dict
    url = f"postgresql://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
    arguments = [sys.executable, "manage.py", "import_products", str(feed), "--format", "google-tsv"]
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE}
    return subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_finishes_after_kill_9_with_every_row_counted_once(workspace: Workspace, tmp_path: Path) -> None:
    feed = tmp_path / "feed.tsv"
    feed.write_bytes(tsv([{"id": f"p-{n}", "title": f"Cup {n}", "price": "5 EUR"} for n in range(ROWS)]))
    first = command(feed)
    while first.poll() is None and not Product.objects.exists():
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    reached = ImportRun.objects.get()
    assert 0 < reached.read < ROWS
    assert reached.read == Product.objects.count()
    told, _ = command(feed).communicate(timeout=120)
    run = ImportRun.objects.get()
    assert f"Going on after row {reached.cursor}" in told
    assert (run.state, run.read, run.created, Product.objects.count()) == ("succeeded", ROWS, ROWS, ROWS)
