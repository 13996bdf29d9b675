"""A small box of SVG scissors: shapes cut from coloured paper, with one hard shade on their right side."""

# ruff: noqa: E501 - a path is no easier to read in two lines

import hashlib
from collections.abc import Sequence

SIZE = 480
MIDDLE = 240
GROUND = 388
"""Where things stand."""


def mix(colour: str, other: str, share: float) -> str:
    """`share` of the other colour in this one; both as #rrggbb."""
    channels = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def darker(colour: str, share: float = 0.18) -> str:
    return mix(colour, "#2a211b", share)


def lighter(colour: str, share: float = 0.3) -> str:
    return mix(colour, "#fffaf0", share)


def shape(d: str, fill: str, *, opacity: float = 1.0) -> str:
    see_through = "" if opacity == 1 else f' fill-opacity="{opacity}"'
    return f'<path d="{d}" fill="{fill}"{see_through}/>'


def line(d: str, colour: str, *, width: float = 6, opacity: float = 1.0) -> str:
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity}" '
        f'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def clipped(d: str, inside: str) -> str:
    name = "c" + hashlib.blake2b((d + inside).encode(), digest_size=5).hexdigest()
    return f'<clipPath id="{name}"><path d="{d}"/></clipPath><g clip-path="url(#{name})">{inside}</g>'


def solid(d: str, fill: str, *, shade: float = 14, depth: float = 0.16, inside: str = "") -> str:
    """A thing with body: lit from the left, darker along its right edge; `inside` is drawn on its face."""
    lit = f'<g transform="translate({-shade} {-shade / 5})">{shape(d, fill)}</g>'
    return clipped(d, shape(d, darker(fill, depth)) + lit + inside)


def group(inside: str, *, x: float = 0, y: float = 0, turn: float = 0, scale: float = 1.0) -> str:
    """`turn` in degrees around the new origin."""
    return f'<g transform="translate({x} {y}) rotate({turn}) scale({scale})">{inside}</g>'


def rounded(x: float, y: float, width: float, height: float, radius: float = 6) -> str:
    r = min(radius, width / 2, height / 2)
    return (
        f"M{x + r} {y}H{x + width - r}Q{x + width} {y} {x + width} {y + r}V{y + height - r}"
        f"Q{x + width} {y + height} {x + width - r} {y + height}H{x + r}Q{x} {y + height} {x} {y + height - r}"
        f"V{y + r}Q{x} {y} {x + r} {y}Z"
    )


def oval(x: float, y: float, rx: float, ry: float | None = None) -> str:
    ry = rx if ry is None else ry
    return f"M{x - rx} {y}A{rx} {ry} 0 1 1 {x + rx} {y}A{rx} {ry} 0 1 1 {x - rx} {y}Z"


def polygon(*points: tuple[float, float]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"


def turned(*profile: tuple[float, float], x: float = MIDDLE) -> str:
    """What comes off a potter's wheel or a lathe: half-widths at heights, top first, smooth in between."""
    right = [(x + half, y) for half, y in profile]
    left = [(x - half, y) for half, y in reversed(profile)]
    return f"M{right[0][0]} {right[0][1]}{_smooth(right)}L{left[0][0]} {left[0][1]}{_smooth(left)}Z"


def _smooth(points: Sequence[tuple[float, float]]) -> str:
    """Catmull-Rom through all points, as Bézier curves."""
    parts = []
    padded = [points[0], *points, points[-1]]
    for before, a, b, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        c1 = (a[0] + (b[0] - before[0]) / 6, a[1] + (b[1] - before[1]) / 6)
        c2 = (b[0] - (after[0] - a[0]) / 6, b[1] - (after[1] - a[1]) / 6)
        parts.append(f"C{c1[0]:.1f} {c1[1]:.1f} {c2[0]:.1f} {c2[1]:.1f} {b[0]:.1f} {b[1]:.1f}")
    return "".join(parts)


def scattered(
    *, count: int, salt: str, box: tuple[float, float, float, float]
) -> list[tuple[float, float, float]]:
    """The same points every time: x, y and a number between 0 and 1."""
    x, y, width, height = box
    found = []
    for number in range(count):
        digest = hashlib.blake2b(f"{salt}{number}".encode(), digest_size=6).digest()
        a, b, c = (int.from_bytes(digest[i : i + 2]) / 65_535 for i in (0, 2, 4))
        found.append((round(x + a * width, 1), round(y + b * height, 1), round(c, 3)))
    return found
