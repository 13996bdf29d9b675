"""Which processes `make run` starts, and with what environment."""

import re
from pathlib import Path

import pytest

from omotenashi.local.config import load_or_create
from omotenashi.local.processes import all_processes
from omotenashi.local.supervised import Process

ROOT = Path(__file__).resolve().parents[3]
OUR_CODE = {"migrate", "web", "worker-gpu", "worker-batch", "worker-mail", "scheduler"}


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def processes_of(var_dir: Path, *, with_inbox: bool = False) -> dict[str, Process]:
    config = load_or_create(var_dir)
    found = all_processes(var_dir=var_dir, config=config, with_inbox=with_inbox)
    return {process.name: process for process in found}


def test_it_starts_private_servers_and_the_inbox(tmp_path: Path) -> None:
    assert set(processes_of(tmp_path, with_inbox=True)) == OUR_CODE | {"postgres", "valkey", "inbox"}


@pytest.mark.parametrize(
    ("variable", "left_out"),
    [("DATABASE_URL", "postgres"), ("DATABASE_URL_FILE", "postgres"), ("REDIS_URL", "valkey")],
)
def test_it_leaves_out_a_server_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, left_out: str
) -> None:
    monkeypatch.setenv(variable, "somewhere else")
    assert set(processes_of(tmp_path)) == (OUR_CODE | {"postgres", "valkey"}) - {left_out}


def test_it_tells_every_process_where_the_web_is(tmp_path: Path) -> None:
    config = load_or_create(tmp_path)
    for name, process in processes_of(tmp_path).items():
        if name in OUR_CODE:
            environment = process.command().env
            assert environment["PUBLIC_URL"] == config.web_url
            assert environment["OMOTENASHI_VAR"] == str(tmp_path)


def test_it_keeps_the_address_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://studio.example.com")
    environment = processes_of(tmp_path)["web"].command().env
    assert environment["PUBLIC_URL"] == "https://studio.example.com"


def test_it_documents_every_setting() -> None:
    """The operator's table against the readers in the code."""
    reader = re.compile(r'(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)"')
    sources = [
        *(ROOT / "platform").rglob("*.py"),
        *(ROOT / "personalization").rglob("*.py"),
        *(ROOT / "content").rglob("*.py"),
    ]
    used = {name for source in sources for name in reader.findall(source.read_text())}
    documented = set(
        re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "operator.md").read_text(), re.MULTILINE)
    )
    assert used - documented - {"DJANGO_SETTINGS_MODULE", "PATH", "PYTHONPATH"} == set()
    assert "DATABASE_URL" in used
