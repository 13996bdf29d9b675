"""Var folders of their own for tests that start, kill and restart the local servers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from omotenashi.local.servers import LocalServers


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A var folder that every user of the machine may enter, as a clone in /srv or /home has."""
    folder = Path(tempfile.mkdtemp(prefix="omotenashi-"))
    folder.chmod(0o755)
    yield from _clean_up(folder)


@pytest.fixture
def private_var_dir() -> Iterator[Path]:
    """A var folder below a folder that only its owner may enter, as a clone in /root has."""
    folder = Path(tempfile.mkdtemp(prefix="omotenashi-"))
    yield from _clean_up(folder / "var", remove=folder)


def _clean_up(folder: Path, *, remove: Path | None = None) -> Iterator[Path]:
    yield folder
    if (folder / "local" / "config.json").exists():
        servers = LocalServers(folder)
        servers.stop_background()
        servers.remove_data()
    shutil.rmtree(remove or folder)
