"""One log file per process under var/log, kept small."""

from __future__ import annotations

from pathlib import Path
from typing import IO

LARGEST_BYTES = 10_000_000
"""A larger file is put aside as .log.1 at the next start; one old file is kept."""


def path_of(var_dir: Path, *, name: str) -> Path:
    return var_dir / "log" / f"{name}.log"


def open_for(var_dir: Path, *, name: str) -> IO[bytes]:
    """The log file, open for appending without delay."""
    path = path_of(var_dir, name=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)


def tail(path: Path, *, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    if not path.exists():
        return "(no log)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
