"""Which languages a small preset writes well enough: asked before a budget is spent."""

from __future__ import annotations

from content.engine.lexicons import read_data
from content.engine.types import BriefSpec


def unqualified(preset: str, spec: BriefSpec) -> str:
    """Why the preset should not be asked for this brief; empty where it may, or was never measured."""
    measured = read_data("qualification.json").get(preset)
    if measured is None or spec.language in measured:
        return ""
    languages = ", ".join(sorted(measured))
    return f"{preset} is not good enough in “{spec.language}”: it is qualified for {languages}."
