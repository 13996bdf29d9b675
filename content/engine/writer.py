"""Placeholder writer: checks are real, writing follows."""

from content.engine.checks import check_text
from content.engine.claims import find_claims

__all__ = ["check_text", "find_claims"]


def write_draft(*args: object, **kwargs: object) -> object:
    raise NotImplementedError
