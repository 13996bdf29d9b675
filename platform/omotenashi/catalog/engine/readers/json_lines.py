"""JSON lines: one product per line, in the shape of `PUT /v1/products`."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.engine.readers.text_lines import TextLines
from omotenashi.catalog.engine.rows import RAW_LENGTH, ParsedRow, ReadDefaults, RowProblem, UnreadableFeed
from omotenashi.catalog.engine.values import clean_line


class JsonLinesReader:
    def read(self, stream: BinaryIO, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
        text = TextLines(stream)
        lines = ((number, line) for number, line in text if line is None or line.strip())
        first = next(lines, None)
        if first is None:
            raise UnreadableFeed(
                "The file is empty. It has one JSON object per line: id, title, price, currency."
            )
        if first[1] is not None and not first[1].lstrip().startswith("{"):
            raise UnreadableFeed(
                "The first line is no JSON object. Write one object per line, with no list around them."
            )
        return _rows(chain([first], lines), text=text, defaults=defaults)


def _rows(
    lines: Iterator[tuple[int, str | None]], *, text: TextLines, defaults: ReadDefaults
) -> Iterator[ParsedRow]:
    warned = False
    for number, line in lines:
        if text.fell_back_at and not warned:
            warned = True
            detail = f"Line {text.fell_back_at} is not UTF-8; such lines were read as Latin-1: check accents."
            yield ParsedRow(0, problems=(RowProblem("", "not_utf8", detail, is_warning=True),))
        yield _row(number, line, defaults=defaults)


def _row(number: int, line: str | None, *, defaults: ReadDefaults) -> ParsedRow:
    if line is None:
        return ParsedRow(
            number, problems=(RowProblem("", "line_too_long", "This line has no end within 2 MB."),)
        )
    raw = line[:RAW_LENGTH]
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return ParsedRow(
            number, problems=(RowProblem("", "not_json", f"This line is no JSON: {error}."),), raw=raw
        )
    product, problems = product_from_json(value, currency=defaults.currency)
    return ParsedRow(number, product, tuple(problems), _external_id(value), raw)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _external_id(value: object) -> str:
    found = (value.get("external_id") or value.get("id")) if isinstance(value, dict) else ""
    return clean_line(str(found))[:128] if isinstance(found, (str, int)) else ""
