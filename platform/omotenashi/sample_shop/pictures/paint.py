"""One product's colours, and the register of drawings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from omotenashi.sample_shop.pictures.svg import darker, lighter

Pose = Literal["standing", "lying", "hanging"]


@dataclass(frozen=True, kw_only=True)
class Paint:
    main: str
    accent: str
    motif: str

    @property
    def dark(self) -> str:
        return darker(self.main, 0.28)

    @property
    def light(self) -> str:
        return lighter(self.main, 0.35)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    draw: Callable[[Paint], str]
    pose: Pose
    width: float
    """Of the shadow under what stands."""


DRAWINGS: dict[str, Drawing] = {}


def drawing(
    kind: str, *, pose: Pose = "standing", width: float = 130
) -> Callable[[Callable[[Paint], str]], Callable[[Paint], str]]:
    def register(draw: Callable[[Paint], str]) -> Callable[[Paint], str]:
        DRAWINGS[kind] = Drawing(draw=draw, pose=pose, width=width)
        return draw

    return register


def paint_of(picture: Mapping[str, Any]) -> Paint:
    colours = picture["colours"]
    return Paint(main=colours[0], accent=colours[-1], motif=picture.get("motif", ""))
