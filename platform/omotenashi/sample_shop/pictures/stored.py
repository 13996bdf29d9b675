"""The pictures as files: where they lie and which drawing each was made from."""

import hashlib
from pathlib import Path

from omotenashi.sample_shop.catalogue import sample_records
from omotenashi.sample_shop.pictures.frame import picture_svg

FOLDER = Path(__file__).parents[1] / "static" / "sample_shop"
DIGESTS = Path(__file__).parent / "rendered.json"
"""What each PNG was made from, so that a test sees when a drawing has moved on."""


def drawings() -> dict[str, str]:
    """File name without its ending → SVG."""
    return {record["external_id"]: picture_svg(record) for record in sample_records()}


def digest(svg: str) -> str:
    return hashlib.blake2b(svg.encode(), digest_size=8).hexdigest()
