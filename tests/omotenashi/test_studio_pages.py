"""The studio's pages are loaded where they are served."""

from __future__ import annotations

import subprocess
import sys

_LOOK = """
import django; django.setup()
from django.contrib import admin
before = len(admin.site._registry)
from django.core.checks import run_checks
found = run_checks()
print(before, len(admin.site._registry) > 10, found)
"""


def test_a_worker_does_without_them_and_the_system_check_reads_them() -> None:
    ran = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, text=True, timeout=300)
    assert ran.stdout.strip() == "0 True []", ran.stderr
