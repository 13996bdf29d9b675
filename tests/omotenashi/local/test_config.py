"""Ports and secrets: made once, by one of many, replaced only when a stranger has the port."""

import json
import multiprocessing
import socket
import stat
from pathlib import Path

import pytest

from omotenashi.local.config import LocalConfig, load_or_create, with_free_ports
from omotenashi.local.errors import LocalError


def test_it_gives_the_same_answer_on_every_later_start(tmp_path: Path) -> None:
    assert load_or_create(tmp_path) == load_or_create(tmp_path)


def test_it_keeps_the_passwords_from_other_users(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    assert stat.S_IMODE((tmp_path / "local" / "config.json").stat().st_mode) == 0o600


def test_it_never_gives_two_servers_one_port(tmp_path: Path) -> None:
    config = load_or_create(tmp_path)
    ports = [value for name, value in vars(config).items() if name.endswith("_port")]
    assert len(set(ports)) == len(ports) == 5


def test_it_is_made_once_when_many_processes_start_together(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(8) as pool:
        configs = pool.map(load_or_create, [tmp_path] * 32)
    assert len(set(configs)) == 1


def test_it_replaces_only_the_port_that_a_stranger_has_taken(tmp_path: Path) -> None:
    before = load_or_create(tmp_path)
    with socket.create_server(("127.0.0.1", before.postgres_port)):
        after = with_free_ports(tmp_path, names=["postgres_port", "valkey_port"])
    assert after.postgres_port != before.postgres_port
    assert _without_postgres_port(after) == _without_postgres_port(before)
    assert load_or_create(tmp_path) == after


def test_it_names_the_damaged_file_and_the_remedy(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    path = tmp_path / "local" / "config.json"
    path.write_text(json.dumps({"postgres_port": 1})[:-3])
    with pytest.raises(LocalError, match=rf"{path} is damaged.*delete the folder"):
        load_or_create(tmp_path)


def _without_postgres_port(config: LocalConfig) -> dict[str, object]:
    return {name: value for name, value in vars(config).items() if name != "postgres_port"}
