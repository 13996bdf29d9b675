"""The sample shop's voice and its first briefs, read from `brand.json` and `briefs.json`."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def load_brand() -> dict[str, Any]:  # Any: plain JSON
    """Name, story, audience, guideline, examples, keyphrases and calls to action."""
    brand: dict[str, Any] = json.loads((_FOLDER / "brand.json").read_text(encoding="utf-8"))
    return brand


def load_briefs() -> list[dict[str, Any]]:
    """Briefs as `POST /v1/briefs` takes them."""
    briefs: list[dict[str, Any]] = json.loads((_FOLDER / "briefs.json").read_text(encoding="utf-8"))
    return briefs


def guideline_rules() -> dict[str, Any]:
    """The guideline with the examples' plain texts by locale, in the shape a guideline stores."""
    brand = load_brand()
    examples: dict[str, list[str]] = {}
    for example in brand["examples"]:
        examples.setdefault(example["locale"], []).append(example["text"])
    return {**brand["guideline"], "examples": examples}
