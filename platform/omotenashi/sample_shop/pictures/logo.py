"""The shop's sign: a small tansu with thyme growing out of its top drawer."""

# ruff: noqa: E501 - a path is no easier to read in two lines

from omotenashi.sample_shop.pictures.motifs import motif
from omotenashi.sample_shop.pictures.svg import group, line, oval, rounded, shape, solid

WOOD, IRON, GREEN, INK = "#a9683f", "#3a3230", "#6f8256", "#3f3630"


def mark() -> str:
    """Drawn in a square of 200."""
    chest = solid(rounded(34, 82, 132, 94, 8), WOOD, shade=9)
    feet = shape(rounded(44, 174, 20, 12, 3), IRON) + shape(rounded(136, 174, 20, 12, 3), IRON)
    seams = line("M34 114H166M34 146H166M100 114V146", "#7d4a2c", width=3)
    pulls = "".join(
        line(f"M{x - 11} {y - 3}q0 13 11 13t11 -13", IRON, width=4)
        + shape(oval(x - 11, y - 4, 4.5), IRON)
        + shape(oval(x + 11, y - 4, 4.5), IRON)
        for x, y in ((100, 94), (67, 126), (133, 126), (100, 157))
    )
    corners = "".join(
        shape(rounded(x, y, 14, 14, 3), IRON) for x, y in ((34, 82), (152, 82), (34, 162), (152, 162))
    )
    thyme = "".join(
        motif("sprig", colour=GREEN, x=x, y=y, scale=1.05, turn=turn)
        for x, y, turn in ((74, 54, -24), (126, 54, 24), (100, 50, 0))
    )
    return thyme + feet + chest + seams + corners + pulls


def mark_svg() -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">{mark()}</svg>'


def logo_svg() -> str:
    """The sign with the name beside it."""
    name = (
        '<text x="204" y="118" font-family="Georgia, \'Liberation Serif\', \'Times New Roman\', serif" '
        f'font-size="66" letter-spacing="1" fill="{INK}">Tansu <tspan fill="{GREEN}" font-style="italic">&amp;</tspan>'
        " Thyme</text>"
    )
    below = (
        '<text x="208" y="158" font-family="Georgia, \'Liberation Serif\', \'Times New Roman\', serif" '
        f'font-size="22" letter-spacing="4.5" fill="{INK}" fill-opacity="0.7">things for the rooms you live in</text>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 200" width="660" height="200" role="img" '
        f'aria-label="Tansu &amp; Thyme">{group(mark(), x=4, y=2, scale=0.98)}{name}{below}</svg>'
    )
