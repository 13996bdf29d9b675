"""The paper a product is pasted on: a tinted sheet, an alcove or a moon behind, a shadow beneath."""

from collections.abc import Mapping
from typing import Any

from omotenashi.sample_shop.pictures import (
    bedroom,
    cupboard,
    desk,
    garden,
    kitchen,
    lights,
    scent,
    table,
    tea,
    wash,
)
from omotenashi.sample_shop.pictures.paint import DRAWINGS, paint_of
from omotenashi.sample_shop.pictures.svg import GROUND, MIDDLE, SIZE, darker, mix, oval, shape

# Imported for their drawings.
SHELVES = (bedroom, cupboard, desk, garden, kitchen, lights, scent, table, tea, wash)
PAPER = "#f5eee2"
DUSK = {"Lighting": 0.5}
"""How far into the evening the paper of a room is; lamps want some."""
TINTS = {
    "Tea & Coffee": "#c2a06a", "Kitchen": "#d08f72", "Tableware": "#8fa8a6", "Linen & Textiles": "#b8988c",
    "Candles & Scent": "#c98d5a", "Bath": "#86a8b3", "Storage": "#b5a36f", "Stationery": "#c58f8c",
    "Garden & Balcony": "#93a673", "Cleaning": "#8fb0a3", "Lighting": "#56617c",
}  # fmt: skip


def picture_svg(record: Mapping[str, Any]) -> str:  # Any: a record of the shop's files
    """The whole picture of one product."""
    drawing = DRAWINGS[record["picture"]["kind"]]
    thing = drawing.draw(paint_of(record["picture"]))
    tint = TINTS[record["categories"][0]]
    stands = drawing.pose == "standing"
    paper = mix(PAPER, tint, DUSK.get(record["categories"][0], 0.0))
    behind = (
        _niche(tint, paper=paper) + _shadow(tint, width=drawing.width) if stands else _moon(tint, paper=paper)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{mix(paper, tint, 0.16)}"/>{behind}'
        f"{thing if stands else _lifted(thing, tint=tint)}</svg>"
    )


def _lifted(thing: str, *, tint: str) -> str:
    """A soft shadow all round, for what lies or hangs in front of the paper."""
    return (
        '<filter id="lift" x="-20%" y="-20%" width="150%" height="150%"><feDropShadow dx="7" dy="10" '
        f'stdDeviation="5" flood-color="{darker(tint, 0.55)}" flood-opacity="0.35"/></filter>'
        f'<g filter="url(#lift)">{thing}</g>'
    )


def _niche(tint: str, *, paper: str) -> str:
    """An arched alcove with a sill, as in a plastered wall."""
    arch = f"M70 {GROUND + 26}V212A170 170 0 0 1 410 212V{GROUND + 26}Z"
    sill = f"M0 {GROUND + 26}H{SIZE}V{SIZE}H0Z"
    board = f"M0 {GROUND + 20}H{SIZE}V{GROUND + 30}H0Z"
    return (
        shape(arch, mix(paper, tint, 0.44))
        + shape(sill, mix(paper, tint, 0.3))
        + shape(board, mix(paper, tint, 0.62))
    )


def _moon(tint: str, *, paper: str) -> str:
    return shape(oval(MIDDLE, MIDDLE, 184), mix(paper, tint, 0.42))


def _shadow(tint: str, *, width: float) -> str:
    """Two ovals, drawn a little to the right: the lamp stands on the left."""
    colour = darker(tint, 0.5)
    return shape(oval(MIDDLE + 16, GROUND + 6, width + 14, 15), colour, opacity=0.16) + shape(
        oval(MIDDLE + 8, GROUND + 4, width, 10), colour, opacity=0.26
    )
