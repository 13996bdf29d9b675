"""The browser of the studio's tests."""

from tests.browser import address, page

__all__ = ["address", "page"]
