"""What the hot path is measured against: the framework's way to serve a prepared answer, and no work at all.

`framework`: Django REST framework with our whole middleware and a serializer of the answer, on gunicorn. It
takes the prepared answer from Valkey as JSON. Its key is compared in memory, and it neither limits, nor
checks that the answer still holds, nor counts the exposure: it does less than the hot path.
`constant`: an RSGI function on granian that answers with the same number of bytes.
"""

import json
import os
from typing import Any

CONSTANT = b"x" * int(os.environ.get("BENCH_BODY_BYTES", "4000"))
CONSTANT_HEADERS = [("content-type", "application/json"), ("x-request-id", "constant")]


async def constant(scope: Any, exchange: Any) -> None:
    exchange.response_bytes(200, CONSTANT_HEADERS, CONSTANT)


def framework() -> Any:
    """gunicorn "benchmarks.peers:framework()"."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
    import django
    from django.conf import settings

    settings.ROOT_URLCONF = "benchmarks.peer_urls"
    django.setup()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def place_of(customer_id: str) -> str:
    return f"benchmark:prepared:{customer_id}"


def as_kept(body: bytes) -> str:
    return json.dumps(json.loads(body))
