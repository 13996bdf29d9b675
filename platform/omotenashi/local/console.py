"""What people see: every line with the name of the process that wrote it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TextIO

from omotenashi.local import logs

COLOURS = (36, 35, 33, 32, 34, 96, 95, 93)
LONGEST_LINE = 65_536


class Console:
    """Prints lines with a padded name, in colour on a terminal; can be silent."""

    def __init__(self, *, names: Sequence[str], stream: TextIO | None = None) -> None:
        self.stream = stream
        self._width = max((len(name) for name in names), default=0)
        self._colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}
        self._lock = threading.Lock()

    def write(self, name: str, *, line: str) -> None:
        if self.stream is None:
            return
        prefix = f"{name:<{self._width}} |"
        if self.stream.isatty():
            prefix = f"\x1b[{self._colours.get(name, 0)}m{prefix}\x1b[0m"
        with self._lock:
            self._print(f"{prefix} {line}\n")

    def _print(self, text: str) -> None:
        """Whoever reads us may be gone (`make run | head`): the processes still go on."""
        stream = self.stream
        try:
            if stream is not None:
                stream.write(text)
                stream.flush()
        except (BrokenPipeError, ValueError):
            self.stream = None
        except UnicodeEncodeError:
            sys.stdout.write(text.encode("ascii", "backslashreplace").decode())


class LineWriter:
    """Cuts one process's output into lines, for its log file and the console."""

    def __init__(self, *, name: str, var_dir: Path, console: Console) -> None:
        self.name = name
        self._console = console
        self._file: IO[bytes] = logs.open_for(var_dir, name=name)
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Write the complete lines and return them; the rest waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        return [self._write(line) for line in lines]

    def close(self) -> None:
        if self._rest:
            self._write(self._rest)
            self._rest = b""
        self._file.close()

    def _write(self, line: bytes) -> str:
        self._file.write(line + b"\n")
        text = line.decode(errors="replace").rstrip("\r")
        self._console.write(self.name, line=text)
        return text
