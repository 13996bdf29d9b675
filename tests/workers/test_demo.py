"""`make demo ONCE=1`: the whole chain, in a fresh var folder, with the real models."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from omotenashi.local.servers import LocalServers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    LocalServers(folder).remove_data()  # which may lie outside of a folder that only root can enter


@pytest.mark.slow
def test_it_runs_the_whole_chain_and_ends_with_a_summary(var: Path) -> None:
    real = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in real}
    environment["OMOTENASHI_VAR"] = str(var)
    result = subprocess.run(
        [sys.executable, "manage.py", "demo", "--once"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    summary = result.stdout
    assert "141 products" in summary
    assert summary.count("Draft ") == 3
    assert "claims tied to a fact" in summary
    assert all(f"\n  {position}. " in summary for position in (1, 2, 3))
    assert "320 sent" in summary
    assert "sign in    hana / " in summary
