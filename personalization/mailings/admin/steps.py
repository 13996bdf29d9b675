"""What the mailings pages share: doing a step and saying how it went."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from omotenashi.errors import OmotenashiError


def attempt(request: HttpRequest, step: Callable[[], Any], *, done: str) -> bool:
    """Errors are told with each of their entries, for those name the remedies."""
    try:
        step()
    except OmotenashiError as error:
        details = [entry.detail for entry in error.errors] or [error.detail]
        for detail in details:
            messages.error(request, detail)
        return False
    messages.success(request, done)
    return True
