"""A shop's view of the system: JSON over HTTP with an API key, and nothing but the standard library."""

import json
import urllib.error
import urllib.request
from typing import Any

from django.core.management.base import CommandError


def call(url: str, *, key: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
    """GET without a body, else POST. Raises CommandError with the problem's own words."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    # Our own server's address: no scheme of a stranger's choice.
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise CommandError(f"{url} answered {error.code}: {error.read().decode()[:500]}") from error
