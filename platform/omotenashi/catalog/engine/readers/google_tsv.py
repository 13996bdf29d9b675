"""Google Merchant's text form: tab-separated, first line names the attributes."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from omotenashi.catalog.engine.readers.delimited import Record, Table
from omotenashi.catalog.engine.readers.google import REQUIRED, to_row
from omotenashi.catalog.engine.rows import ParsedRow, ReadDefaults, UnreadableFeed


class GoogleTsvReader:
    def read(self, stream: BinaryIO, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
        table = Table(stream, delimiter="\t", required=())
        names = [_attribute(name) for name in table.header]
        missing = [name for name in REQUIRED if name not in names and f"structured_{name}" not in names]
        if missing:
            raise UnreadableFeed(
                f"The first line lacks the column {' and '.join(missing)}. Wanted: {', '.join(REQUIRED)}, "
                f"separated by tabs. Found: {', '.join(name[:60] for name in table.header[:60])}."
            )
        return _rows(table, defaults=defaults)


def _rows(table: Table, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
    for record in table.records():
        if warning := table.encoding_warning():
            yield warning
        yield _row(record, defaults=defaults)


def _row(record: Record, *, defaults: ReadDefaults) -> ParsedRow:
    if record.problem:
        return ParsedRow(record.row_number, problems=(record.problem,), raw=record.raw)
    values = {_attribute(name): _values(name, value) for name, value in record.fields.items()}
    return to_row(record.row_number, values, defaults=defaults, raw=record.raw)


def _attribute(name: str) -> str:
    """`Image Link`, `image link` and `g:image_link` are one attribute."""
    return "_".join(name.strip().casefold().removeprefix("g:").split())


def _values(name: str, value: str) -> list[str]:
    """The text form lists several of these with commas, quoting what holds one."""
    attribute = _attribute(name)
    if attribute == "product_detail":
        return _details(value)
    if attribute in {"additional_image_link", "product_highlight"}:
        return next(csv.reader([value], skipinitialspace=True), [])
    return [value]


def _details(value: str) -> list[str]:
    """`section:name:value` each; a part without colons goes on with the one before (`by hand, no soap`)."""
    details: list[str] = []
    for part in next(csv.reader([value], skipinitialspace=True), []):
        if details and part.count(":") < 2:
            details[-1] += f", {part}"
        else:
            details.append(part)
    return details
