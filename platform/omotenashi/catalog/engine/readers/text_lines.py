"""Lines of text out of bytes: UTF-8 with or without mark, UTF-16 with one, Latin-1 as the last resort."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MAX_LINE_BYTES = 2_000_000


@dataclass
class TextLines:
    """Iterate once. `fell_back_at` is the first line that was no UTF-8, known once that line is read."""

    stream: BinaryIO
    fell_back_at: int | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[tuple[int, str | None]]:
        """Line numbers and lines without their end; None for a line too long to be one."""
        head = self.stream.read(3)
        rest = _Joined(head, self.stream)
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            yield from self._utf16(rest)
            return
        lines = io.BufferedReader(rest)
        for number, line in enumerate(iter(lambda: lines.readline(MAX_LINE_BYTES), b""), start=1):
            if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                _skip_line(lines)
                yield number, None
            else:
                yield number, self._decode(line.rstrip(b"\r\n"), number=number)

    def _decode(self, line: bytes, *, number: int) -> str:
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.fell_back_at = self.fell_back_at or number
            return line.decode(
                "cp1252", errors="replace"
            )  # what is called Latin-1 is Windows' superset of it

    def _utf16(self, stream: io.RawIOBase) -> Iterator[tuple[int, str | None]]:
        text = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-16", errors="replace")
        for number, line in enumerate(iter(lambda: text.readline(MAX_LINE_BYTES), ""), start=1):
            if len(line) == MAX_LINE_BYTES and not line.endswith("\n"):
                while (more := text.readline(MAX_LINE_BYTES)) and not more.endswith("\n"):
                    pass
                yield number, None
            else:
                yield number, line.rstrip("\r\n")


def _skip_line(lines: io.BufferedIOBase) -> None:
    while (more := lines.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass


class _Joined(io.RawIOBase):
    """The bytes already read, then the rest: works where a stream cannot seek."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # the io protocol hands a writable buffer
        chunk, self._head = self._head[: len(view)], self._head[len(view) :]
        chunk = chunk or self._rest.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)
