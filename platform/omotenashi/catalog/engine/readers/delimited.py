"""Records of CSV and TSV files, where one unbalanced quote must not swallow the rest of the file."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import BinaryIO

from omotenashi.catalog.engine.readers.text_lines import MAX_LINE_BYTES, TextLines
from omotenashi.catalog.engine.rows import RAW_LENGTH, ParsedRow, RowProblem, UnreadableFeed

# A quoted field may hold line breaks (Shopify's HTML bodies do); past this many lines it is a stray quote.
MAX_LINES_OF_RECORD = 300

Line = tuple[int, str | None]


@dataclass(frozen=True)
class Record:
    row_number: int
    """The line of the file where it begins: what an editor shows."""
    fields: dict[str, str]
    raw: str
    problem: RowProblem | None = None


class Table:
    """A header and its records, streamed."""

    def __init__(self, stream: BinaryIO, *, delimiter: str, required: Sequence[str]) -> None:
        csv.field_size_limit(3 * MAX_LINE_BYTES)  # more than the longest record that is joined
        self._delimiter = delimiter
        self._text = TextLines(stream)
        self._lines: Iterator[Line] = iter(self._text)
        self.header = self._read_header(required=required)
        self._warned = False

    def encoding_warning(self) -> ParsedRow | None:
        """Once, as soon as it is known: the file is not UTF-8 throughout."""
        if self._warned or self._text.fell_back_at is None:
            return None
        self._warned = True
        detail = (
            f"Line {self._text.fell_back_at} is not UTF-8; such lines were read as Latin-1. Check their "
            "accents, and export the file as UTF-8."
        )
        return ParsedRow(0, problems=(RowProblem("", "not_utf8", detail, is_warning=True),))

    def records(self) -> Iterator[Record]:
        pending: deque[Line] = deque()
        while line := self._next(pending):
            number, text = line
            if text is None:
                yield self._spoilt(
                    number, "", code="line_too_long", detail="This line has no end within 2 MB."
                )
            elif text.strip():
                yield self._record(number, text, pending=pending)

    def _read_header(self, *, required: Sequence[str]) -> list[str]:
        wanted = ", ".join(required)
        for _, text in self._lines:
            if text is not None and text.strip():
                header = [name.strip() for name in _split(text, delimiter=self._delimiter)]
                known = {name.casefold() for name in header}
                missing = [name for name in required if name.casefold() not in known]
                if missing:
                    raise UnreadableFeed(
                        f"The first line lacks the column {' and '.join(missing)}. Wanted: {wanted}. "
                        f"Found: {', '.join(name[:60] for name in header[:60]) or 'nothing'}."
                    )
                return header
        raise UnreadableFeed(f"The file is empty. Its first line has to name the columns: {wanted}.")

    def _next(self, pending: deque[Line]) -> Line | None:
        return pending.popleft() if pending else next(self._lines, None)

    def _record(self, number: int, text: str, *, pending: deque[Line]) -> Record:
        if not _leaves_open(text, delimiter=self._delimiter, is_open=False):
            return self._fields(number, text)
        joined = self._join(text, pending=pending)
        if joined is not None:
            return self._fields(number, joined)
        detail = 'A field begins with a quote (") that is not closed. Double it ("") or close it.'
        return self._spoilt(number, text, code="open_quote", detail=detail)

    def _join(self, text: str, *, pending: deque[Line]) -> str | None:
        """The whole record; None, with every line given back, where the quote never closes in place."""
        taken: list[Line] = []
        is_open, size = True, len(text)
        while is_open and len(taken) < MAX_LINES_OF_RECORD and size < MAX_LINE_BYTES:
            line = self._next(pending)
            if line is None or line[1] is None:
                taken += [line] if line else []
                break
            taken.append(line)
            size += len(line[1])
            is_open = _leaves_open(line[1], delimiter=self._delimiter, is_open=True)
        joined = "\n".join([text, *(line[1] or "" for line in taken)])
        if not is_open and len(_split(joined, delimiter=self._delimiter)) == len(self.header):
            return joined
        pending.extendleft(reversed(taken))
        return None

    def _fields(self, number: int, text: str) -> Record:
        values = _split(text, delimiter=self._delimiter)
        extra = [value for value in values[len(self.header) :] if value.strip()]
        if extra:
            detail = f"{len(values)} fields where the first line names {len(self.header)}."
            return self._spoilt(number, text, code="too_many_fields", detail=detail)
        return Record(
            number,
            dict(zip_longest(self.header, values[: len(self.header)], fillvalue="")),
            text[:RAW_LENGTH],
        )

    def _spoilt(self, number: int, text: str, *, code: str, detail: str) -> Record:
        return Record(number, {}, text[:RAW_LENGTH], RowProblem("", code, detail))


def _split(text: str, *, delimiter: str) -> list[str]:
    if '"' not in text:
        return text.split(delimiter)
    # A lone carriage return is a line's end to the csv module, and no shop's.
    return next(csv.reader([text.replace("\r", " ")], delimiter=delimiter), [])


def _leaves_open(text: str, *, delimiter: str, is_open: bool) -> bool:
    """Whether a quoted field goes on after this line. Quotes inside unquoted fields (12" wide) are text."""
    if '"' not in text:
        return is_open
    for piece in text.split(delimiter):
        if is_open or piece.startswith('"'):
            is_open ^= piece.count('"') % 2 == 1
    return is_open


def lower_keys(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.casefold(): value for name, value in fields}
