"""Google Merchant's XML form: RSS 2.0 (or Atom) with `g:` attributes. Streams, and fetches nothing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from omotenashi.catalog.engine.readers.google import to_row
from omotenashi.catalog.engine.rows import RAW_LENGTH, ParsedRow, ReadDefaults, RowProblem, UnreadableFeed

ATOM = "{http://www.w3.org/2005/Atom}"
_NO_DOCTYPE = (
    "The file declares a DOCTYPE or entities, which a product feed has no use for. Remove the declaration."
)


class GoogleXmlReader:
    def read(self, stream: BinaryIO, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
        head = stream.read(65536)
        # Before the parser: it expands entities in attribute values whatever it is told. UTF-16 has zeros.
        if b"<!DOCTYPE" in head.replace(b"\0", b"").upper():
            raise UnreadableFeed(_NO_DOCTYPE)
        rows = _rows(_Chunks(head, stream), defaults=defaults)
        first = next(rows, None)
        if first is None:
            raise UnreadableFeed(
                "The file has no <item>. A feed is RSS 2.0: <rss><channel><item>…</item></channel></rss>."
            )
        if first.product is None and first.problems[0].code == "broken_xml":
            raise UnreadableFeed(first.problems[0].detail)
        return _chain(first, rows)


class _Chunks:
    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head, b""
        return head or self._rest.read(size)


def _chain(first: ParsedRow, rest: Iterator[ParsedRow]) -> Iterator[ParsedRow]:
    yield first
    yield from rest


def _rows(stream: _Chunks, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
    """Rows are counted, not located: line numbers of XML end at 65,535 in the parser."""
    number = 0
    try:
        for element in _items(stream):
            number += 1
            yield to_row(number, _values(element), defaults=defaults, raw=_raw(element))
            _forget(element)
    except etree.XMLSyntaxError as error:
        detail = (
            f"The XML breaks off: {error.msg}. Rows before it were read; export the feed again for the rest."
        )
        yield ParsedRow(number + 1, problems=(RowProblem("", "broken_xml", detail),))


def _items(stream: _Chunks) -> Iterator[etree._Element]:
    events = etree.iterparse(
        stream,
        events=("end",),
        tag=("item", f"{ATOM}entry"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in events:
        if element.getroottree().docinfo.doctype:  # one that stood behind the first 64 kB
            raise UnreadableFeed(_NO_DOCTYPE)
        yield element


def _values(item: etree._Element) -> dict[str, list[str]]:
    values: dict[str, list[str]] = defaultdict(list)
    for child in item:
        if isinstance(child.tag, str):
            values[_name(child)].append(_text(child))
    return values


def _name(element: etree._Element) -> str:
    """Without its namespace: shops mix `g:title` and `title`, and Google reads both."""
    return etree.QName(element).localname.casefold()


def _text(element: etree._Element) -> str:
    parts = {
        _name(child): "".join(child.itertext()).strip() for child in element if isinstance(child.tag, str)
    }
    if not parts:
        return element.get("href", "") or "".join(element.itertext())
    if "attribute_value" in parts:
        return ":".join(parts.get(key, "") for key in ("section_name", "attribute_name", "attribute_value"))
    return parts.get("content", "") or "".join(element.itertext())


def _raw(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode", with_tail=False)[:RAW_LENGTH]


def _forget(element: etree._Element) -> None:
    """Frees the item and what is left of those before it: memory stays flat however long the feed."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
