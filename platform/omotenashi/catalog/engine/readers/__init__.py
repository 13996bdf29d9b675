"""One reader per format, all of one shape; `READERS` names them."""

from omotenashi.catalog.engine.readers.base import FeedReader
from omotenashi.catalog.engine.readers.google_tsv import GoogleTsvReader
from omotenashi.catalog.engine.readers.google_xml import GoogleXmlReader
from omotenashi.catalog.engine.readers.json_lines import JsonLinesReader
from omotenashi.catalog.engine.readers.shopify_csv import ShopifyCsvReader

READERS: dict[str, FeedReader] = {
    "google-tsv": GoogleTsvReader(),
    "google-xml": GoogleXmlReader(),
    "shopify-csv": ShopifyCsvReader(),
    "jsonl": JsonLinesReader(),
}


def reader_for(kind: str) -> FeedReader:
    try:
        return READERS[kind]
    except KeyError:
        raise ValueError(f"There is no reader for {kind!r}. Known formats: {', '.join(READERS)}.") from None


__all__ = ["READERS", "FeedReader", "reader_for"]
