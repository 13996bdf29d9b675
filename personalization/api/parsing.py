"""Takes event bodies whatever media type they claim: browsers send beacons as text/plain."""

from typing import IO, Any

from rest_framework.parsers import BaseParser

from personalization.api.event_bodies import MAX_BODY_BYTES


class EventParser(BaseParser):
    """Hands on the bytes: `event_bodies` reads them, and refuses what is over the limit."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream.read(MAX_BODY_BYTES + 1)
