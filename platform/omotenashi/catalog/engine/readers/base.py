"""What every reader promises."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from omotenashi.catalog.engine.rows import ParsedRow, ReadDefaults


class FeedReader(Protocol):
    def read(self, stream: BinaryIO, *, defaults: ReadDefaults) -> Iterator[ParsedRow]:
        """Stream the rows with rising row numbers, a bad row as problems instead of a product.

        Raises UnreadableFeed before the first row where nothing can be read; never raises after it.
        """
        ...
