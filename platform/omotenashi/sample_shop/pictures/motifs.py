"""Little prints for labels and cloth, each about 40 units around the origin."""

from omotenashi.sample_shop.pictures.svg import group, line, oval, shape

LEAF = "M0 -26C16 -14 16 12 0 26C-16 12 -16 -14 0 -26Z"


def leaf(colour: str) -> str:
    return group(shape(LEAF, colour) + line("M0 -14V34", colour, width=3), turn=24)


def twig(colour: str) -> str:
    leaves = "".join(
        group(shape(LEAF, colour), x=x, y=y, turn=turn, scale=0.42)
        for x, y, turn in ((-11, -12, -55), (11, -2, 55), (-11, 9, -55), (0, -28, 0))
    )
    return line("M0 32V-22", colour, width=3.5) + leaves


def sprig(colour: str) -> str:
    """Thyme."""
    leaves = "".join(shape(oval(side * 9, y, 6.5, 4), colour) for y in (-20, -8, 4, 16) for side in (-1, 1))
    return line("M0 32C-3 14 2 -6 0 -26", colour, width=3) + leaves + shape(oval(0, -29, 4, 6), colour)


def bean(colour: str, *, line_colour: str = "#f4ead8") -> str:
    one = shape(oval(0, 0, 14, 19), colour) + line("M2 -16C-6 -6 6 6 -2 16", line_colour, width=2.5)
    return group(one, x=-13, y=6, turn=-28) + group(one, x=14, y=-8, turn=24)


def moon(colour: str) -> str:
    return shape("M8 -27A27 27 0 1 0 24 14A22 22 0 0 1 8 -27Z", colour)


def olive(colour: str) -> str:
    return twig(colour) + shape(oval(-13, 20, 7, 9), colour) + shape(oval(14, 16, 7, 9), colour)


def citrus(colour: str, *, flesh: str = "#f4ead8") -> str:
    wedges = "".join(
        group(shape("M0 -4L6.5 -19Q0 -23 -6.5 -19Z", colour), turn=turn) for turn in range(0, 360, 60)
    )
    return shape(oval(0, 0, 28), colour) + shape(oval(0, 0, 24), flesh) + wedges


def flower(colour: str) -> str:
    petals = "".join(group(shape(oval(0, -15, 9, 13), colour), turn=turn) for turn in range(0, 360, 72))
    return petals + shape(oval(0, 0, 6), "#f4ead8")


def lavender(colour: str) -> str:
    grains = "".join(
        shape(oval(side * 6, y, 5.5, 4.5), colour) for y in (-24, -15, -6, 3) for side in (-1, 1)
    )
    return line("M0 34V-24", colour, width=3) + grains + shape(oval(0, -31, 4.5, 6), colour)


def honeycomb(colour: str) -> str:
    cell = "M0 -13L11.3 -6.5V6.5L0 13L-11.3 6.5V-6.5Z"
    places = ((0, 0), (24, 0), (-24, 0), (12, 21), (-12, 21), (12, -21), (-12, -21))
    return "".join(group(line(cell, colour, width=3), x=x, y=y) for x, y in places)


def smoke(colour: str) -> str:
    return line("M-10 28C-26 10 6 4 -8 -14S-2 -30 0 -32", colour, width=4) + line(
        "M10 28C-2 14 24 6 10 -8S14 -22 16 -24", colour, width=4
    )


MOTIFS = {
    "leaf": leaf, "twig": twig, "sprig": sprig, "bean": bean, "moon": moon, "olive": olive, "citrus": citrus,
    "flower": flower, "lavender": lavender, "honeycomb": honeycomb, "smoke": smoke,
}  # fmt: skip


def motif(name: str, *, colour: str, x: float, y: float, scale: float = 1.0, turn: float = 0) -> str:
    return group(MOTIFS[name](colour), x=x, y=y, scale=scale, turn=turn)
