"""A file of lines that is read where it lies: a process that starts anew begins at once."""

import mmap
from array import array
from collections.abc import Iterable
from pathlib import Path


def write_lines(path: Path, lines: Iterable[bytes]) -> int:
    """The file and, beside it, where each line ends; how many there are."""
    ends = array("Q", [0])
    with path.open("wb") as file:
        for line in lines:
            ends.append(ends[-1] + file.write(line + b"\n"))
    path.with_suffix(".ends").write_bytes(ends.tobytes())
    return len(ends) - 1


class Lines:
    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._ends = array("Q", path.with_suffix(".ends").read_bytes())

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> bytes:
        return self._text[self._ends[number] : self._ends[number + 1] - 1]
