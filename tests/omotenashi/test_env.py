"""Settings from the environment: a bad value stops the start and names the variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from omotenashi import env

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("No", False), ("1", True), ("off", False)])
def test_it_reads_yes_and_no(monkeypatch: pytest.MonkeyPatch, written: str, meant: bool) -> None:
    monkeypatch.setenv("SOME_SWITCH", written)
    assert env.boolean("SOME_SWITCH", not meant) is meant


def test_it_names_the_variable_that_is_no_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SWITCH", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="SOME_SWITCH='perhaps'"):
        env.boolean("SOME_SWITCH", False)


def test_it_refuses_a_number_below_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", "-3")
    with pytest.raises(ImproperlyConfigured, match="SOME_NUMBER=-3 is too small"):
        env.integer("SOME_NUMBER", 1, minimum=0)


def test_it_reads_a_secret_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "key"))
    assert env.secret("SOME_SECRET") == "from a file"


def test_it_says_when_a_secret_file_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match="SOME_SECRET_FILE: cannot read"):
        env.secret("SOME_SECRET")


def test_it_reads_a_database_address_with_escaped_characters() -> None:
    settings = env.database("DATABASE_URL", "postgresql://me:p%40ss@db.example:6432/shop?sslmode=require")
    assert (settings["USER"], settings["PASSWORD"], settings["PORT"]) == ("me", "p@ss", "6432")
    assert settings["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://db/shop", "postgresql://db", "postgresql://db:high/shop"])
def test_it_refuses_a_database_address_it_cannot_use(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database("DATABASE_URL", url)


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://mail", 25, False, False),
        ("smtps://mail", 465, True, False),
        ("smtp+tls://u:p@mail:2525", 2525, False, True),
    ],
)
def test_it_reads_a_mail_address(url: str, port: int, ssl: bool, tls: bool) -> None:
    settings = env.email("EMAIL_URL", url)
    assert (settings["port"], settings["use_ssl"], settings["use_tls"]) == (port, ssl, tls)


def test_it_stops_the_start_with_the_name_of_the_bad_variable() -> None:
    environment = os.environ | {"MAX_BODY_BYTES": "much"}
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode != 0
    assert "MAX_BODY_BYTES='much' is not a whole number" in result.stderr
