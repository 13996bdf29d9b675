"""The fault run itself, small: real processes, real deaths."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_no_mail_goes_out_twice_and_none_is_lost_while_everything_dies() -> None:
    words = ("benchmarks.fault_mail", "--recipients", "1000", "--kills", "6", "--seed", "7")
    own = {"OMOTENASHI_VAR", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"}  # the run has servers of its own
    environment = {name: value for name, value in os.environ.items() if name not in own}
    run = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("duplicates 0 · lost 0") == 2
