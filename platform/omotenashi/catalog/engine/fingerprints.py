"""Short hashes that tell whether something is as it was."""

import hashlib

from omotenashi.catalog.engine.rows import ProductInput


def text_hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def row_hash(product: ProductInput) -> str:
    """Of a judged row: the same row gives the same hash, whichever format it came in."""
    return text_hash(repr(product))
