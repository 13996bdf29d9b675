"""Reads event bodies whatever media type they claim: browsers send beacons as text/plain."""

import json
from typing import IO, Any

from rest_framework.parsers import BaseParser

from omotenashi.errors import MalformedRequest

MAX_BODY_BYTES = 500 * 1024


class EventParser(BaseParser):
    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise MalformedRequest(f"The body is over {MAX_BODY_BYTES} bytes. Send smaller batches.")
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise MalformedRequest(f"The body is not JSON: {error}") from error
