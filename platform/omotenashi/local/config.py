"""Ports and secrets of the local servers, made once and the same on every later start.

Standard library only and cheap: settings read it before any server runs.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from omotenashi.local.errors import LocalError
from omotenashi.local.locks import exclusive
from omotenashi.local.ports import HOST, is_port_free, pick_free_port

DATABASE = "omotenashi"
PREFERRED_PORTS = {
    "web_port": range(8000, 8010),
    "inbox_port": range(8025, 8035),
    "smtp_port": range(1025, 1035),
}


@dataclass(frozen=True, kw_only=True)
class LocalConfig:
    instance: str
    """Random name of this var folder's data; a new folder never meets an old one's data."""
    postgres_port: int
    valkey_port: int
    web_port: int
    smtp_port: int
    inbox_port: int
    postgres_password: str
    valkey_password: str
    secret_key: str
    """Django's SECRET_KEY when the environment gives none."""

    @property
    def database_url(self) -> str:
        return self.database_url_for(DATABASE)

    def database_url_for(self, database: str) -> str:
        login = f"{DATABASE}:{self.postgres_password}"
        return f"postgres://{login}@{HOST}:{self.postgres_port}/{database}"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.valkey_password}@{HOST}:{self.valkey_port}/0"

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def inbox_url(self) -> str:
        return f"http://{HOST}:{self.inbox_port}"


PORT_FIELDS = tuple(field.name for field in fields(LocalConfig) if field.name.endswith("_port"))


def load_or_create(var_dir: Path) -> LocalConfig:
    """The configuration of this var folder; the first caller of several makes it."""
    path = _config_path(var_dir)
    if not path.exists():
        with _locked(var_dir):
            if not path.exists():
                _write(path, config=_new_config())
    return _read(path)


def with_free_ports(var_dir: Path, *, names: Iterable[str]) -> LocalConfig:
    """The configuration, with those of the named ports replaced that a stranger has taken."""
    load_or_create(var_dir)
    with _locked(var_dir):
        config = _read(_config_path(var_dir))
        taken = [name for name in names if not is_port_free(getattr(config, name))]
        if taken:
            config = _with_new_ports(config, names=taken)
            _write(_config_path(var_dir), config=config)
    return config


def _with_new_ports(config: LocalConfig, *, names: Iterable[str]) -> LocalConfig:
    for name in names:
        in_use = {getattr(config, other) for other in PORT_FIELDS}
        port = pick_free_port(PREFERRED_PORTS.get(name, ()), avoid=in_use)
        config = LocalConfig(**asdict(config) | {name: port})
    return config


def _new_config() -> LocalConfig:
    ports: dict[str, int] = {}
    for name in PORT_FIELDS:
        ports[name] = pick_free_port(PREFERRED_PORTS.get(name, ()), avoid=set(ports.values()))
    return LocalConfig(
        instance=secrets.token_hex(4),
        # Hexadecimal, so that a password never needs quoting in a URL or a server's file.
        postgres_password=secrets.token_hex(24),
        valkey_password=secrets.token_hex(24),
        secret_key=secrets.token_urlsafe(48),
        **ports,
    )


def _config_path(var_dir: Path) -> Path:
    return var_dir / "local" / "config.json"


def _locked(var_dir: Path) -> AbstractContextManager[None]:
    folder = var_dir / "local"
    folder.mkdir(parents=True, exist_ok=True)
    return exclusive(folder / "config.lock")


def _read(path: Path) -> LocalConfig:
    try:
        return LocalConfig(**json.loads(path.read_text()))
    except PermissionError as error:
        raise LocalError(
            f"{path} belongs to another user: run as that user, "
            "or set OMOTENASHI_VAR to a folder of your own."
        ) from error
    except (ValueError, TypeError) as error:
        raise LocalError(
            f"{path} is damaged ({error}). Restore it, or delete the folder {path.parent} "
            "to begin with an empty database."
        ) from error


def _write(path: Path, *, config: LocalConfig) -> None:
    """Replace the file in one step: a reader sees the old or the new one, never a half."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(json.dumps(asdict(config), indent=2) + "\n")
    draft.replace(path)
