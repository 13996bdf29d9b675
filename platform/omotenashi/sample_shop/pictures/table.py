"""What stands on the table."""

from omotenashi.sample_shop.pictures.motifs import motif
from omotenashi.sample_shop.pictures.paint import Paint, drawing
from omotenashi.sample_shop.pictures.svg import (
    darker,
    group,
    lighter,
    line,
    mix,
    oval,
    polygon,
    rounded,
    scattered,
    shape,
    solid,
    turned,
)

INK = "#4a4038"
LABEL = "#f6efe1"
STEEL = "#c2c5c2"


def speckles(p: Paint, *, salt: str, box: tuple[float, float, float, float], count: int = 70) -> str:
    return "".join(
        shape(oval(x, y, 1.2 + size * 2), darker(p.main, 0.45), opacity=0.5)
        for x, y, size in scattered(count=count, salt=salt, box=box)
    )


def plate_of(p: Paint, *, size: float) -> str:
    outer = oval(240, 240, size)
    freckles = speckles(p, salt=f"plate{size}", box=(240 - size, 240 - size, size * 2, size * 2), count=90)
    rim = shape(oval(240, 240, size * 0.72), darker(p.main, 0.07)) + shape(
        oval(237, 237, size * 0.69), lighter(p.main, 0.12)
    )
    edge = line(oval(240, 240, size - 3), darker(p.main, 0.25), width=5, opacity=0.55)
    return solid(outer, p.main, shade=8, inside=rim + freckles + edge)


@drawing("plate", pose="lying")
def plate(p: Paint) -> str:
    return plate_of(p, size=156)


@drawing("smallplate", pose="lying")
def smallplate(p: Paint) -> str:
    toast = solid(
        "M196 214q-18 -34 22 -36h48q40 2 22 36v58q0 10 -10 10h-72q-10 0 -10 -10Z", "#c98f4f", shade=8
    )
    crumb = shape("M208 216q-12 -24 16 -26h36q28 2 16 26v50h-68Z", "#ecc98f") + shape(
        rounded(228, 216, 32, 26, 5), "#f6e39a"
    )
    return plate_of(p, size=126) + group(toast + crumb, x=34, y=-24, turn=8)


@drawing("pastabowl", width=132)
def pastabowl(p: Paint) -> str:
    body = turned((152, 296), (140, 326), (86, 368), (62, 388))
    pasta = "".join(
        line(f"M{x} 296q{b} -{h} {w} 0", c, width=9)
        for x, b, h, w, c in (
            (128, 40, 62, 90, "#e8c473"),
            (168, 30, 84, 96, "#f0d48c"),
            (216, 50, 74, 110, "#e8c473"),
            (152, 80, 50, 170, "#f0d48c"),
        )
    )
    basil = group(shape("M0 -20C14 -10 12 12 0 20C-12 12 -14 -10 0 -20Z", "#5f7a4a"), x=236, y=246, turn=60)
    freckles = speckles(p, salt="bowl", box=(90, 300, 300, 90), count=50)
    rim = solid(rounded(84, 288, 312, 16, 8), lighter(p.main, 0.18))
    return pasta + basil + solid(body, p.main, inside=freckles, shade=24) + rim


@drawing("ramenbowl", width=118)
def ramenbowl(p: Paint) -> str:
    body = turned((134, 252), (126, 296), (80, 358), (54, 366), (58, 388))
    clouds = "".join(
        line(f"M{x} {y}q16 -26 34 0q18 -22 38 0q10 -10 22 0", LABEL, width=6)
        for x, y in ((142, 312), (238, 296), (206, 346))
    )
    soup = shape(oval(240, 254, 134, 26), darker(p.main, 0.3)) + shape(oval(240, 258, 118, 19), "#d9a55f")
    egg = shape(oval(202, 256, 27, 14), "#fbf5e6") + shape(oval(204, 256, 13, 7.5), "#e39a3b")
    leek = "".join(
        line(oval(x, y, 8, 4), "#7f9a5c", width=3) for x, y in ((276, 252), (296, 260), (258, 266))
    )
    sticks = line("M318 250L404 160", "#a9683f", width=8) + line("M296 246L388 146", "#8f5433", width=8)
    steam = line("M190 214q-16 -22 0 -42t0 -40M246 206q-16 -22 0 -42t0 -40", "#ffffff", width=7, opacity=0.55)
    return steam + solid(body, p.main, inside=clouds, shade=24) + soup + egg + leek + sticks


@drawing("chopsticks", pose="lying")
def chopsticks(p: Paint) -> str:
    tones = (
        p.main,
        darker(p.main, 0.22),
        lighter(p.main, 0.18),
        mix(p.main, "#5b3a26", 0.5),
        mix(p.main, "#c79a4b", 0.45),
    )
    sticks = "".join(
        solid(
            polygon(
                (100 + n * 60 + d, 96),
                (109 + n * 60 + d, 96),
                (107 + n * 60 + d, 392),
                (103 + n * 60 + d, 392),
            ),
            tone,
            shade=3,
        )
        + shape(rounded(99 + n * 60 + d, 96, 11, 34, 3), darker(tone, 0.35))
        for n, tone in enumerate(tones)
        for d in (0, 18)
    )
    band = solid(rounded(78, 214, 320, 66, 4), LABEL, shade=8) + shape(
        rounded(216, 214, 44, 66, 0), "#a9573a"
    )
    knot = motif("sprig", colour=LABEL, x=238, y=247, scale=0.7)
    return group(sticks + band + knot, turn=-8, x=-30, y=34)


def glass(p: Paint, *, x: float, top: float, water: float) -> str:
    body = turned((54, top), (52, top + 60), (46, 380), (42, 388), x=x)
    filled = shape(f"M{x - 60} {water}H{x + 60}V400H{x - 60}Z", mix(p.main, "#9fc0c4", 0.7))
    rim = line(oval(x, top, 54, 8), "#ffffff", width=4, opacity=0.9)
    gleam = line(f"M{x - 36} {top + 26}V366", "#ffffff", width=6, opacity=0.55)
    return solid(body, lighter(p.main, 0.25), inside=filled + gleam, shade=10, depth=0.12) + rim


@drawing("tumblers", width=150)
def tumblers(p: Paint) -> str:
    back = glass(p, x=182, top=228, water=300) + glass(p, x=312, top=228, water=330)
    return group(back, y=-16) + glass(p, x=128, top=246, water=322) + glass(p, x=254, top=246, water=296)


@drawing("carafe", width=90)
def carafe(p: Paint) -> str:
    body = turned((34, 148), (32, 196), (52, 252), (88, 312), (90, 356), (74, 388))
    filled = shape("M120 270H360V400H120Z", mix(p.main, "#9fc0c4", 0.7))
    lemon = shape(oval(262, 326, 24), "#e8c95f") + shape(oval(262, 326, 19), "#f4e6a5")
    mint = group(shape("M0 -18C10 -9 10 9 0 18C-10 9 -10 -9 0 -18Z", "#7f9a5c"), x=214, y=346, turn=-40)
    stopper = solid(turned((24, 96), (26, 124), (28, 146), (20, 164)), p.accent)
    gleam = line("M176 320Q170 350 182 372", "#ffffff", width=7, opacity=0.6)
    return solid(body, lighter(p.main, 0.25), inside=filled + lemon + mint + gleam, depth=0.12) + stopper


def _fork(x: float) -> str:
    tines = "".join(shape(rounded(x - 20 + n * 12, 84, 7, 74, 3), STEEL) for n in range(4))
    neck = shape(f"M{x - 21} 150h43v16q0 26 -16 34v168q0 14 -6 14t-6 -14v-168q-15 -8 -15 -34Z", STEEL)
    return tines + neck


def _knife(x: float) -> str:
    return shape(f"M{x - 9} 240V90q0 -10 12 -6q18 22 14 156v4h-10V372q0 10 -8 10t-8 -10Z", STEEL)


def _spoon(x: float, *, size: float) -> str:
    bowl = solid(oval(x, 84 + size * 1.5, size, size * 1.5), STEEL, shade=6)
    return bowl + shape(f"M{x - 5} {84 + size * 2.8}h10l3 {284 - size * 2.8}q0 14 -8 14t-8 -14Z", STEEL)


@drawing("cutlery", pose="lying")
def cutlery(p: Paint) -> str:
    pieces = _fork(132) + _knife(204) + _spoon(282, size=27) + group(_spoon(352, size=20), y=18)
    light = shape(rounded(96, 286, 292, 44, 4), "#c1714f") + line(
        "M96 296H388M96 320H388", "#f1d8c2", width=3
    )
    return group(pieces + light, y=6)


@drawing("mug", width=100)
def mug(p: Paint) -> str:
    handle = line("M322 252C404 240 400 352 316 346", darker(p.main, 0.1), width=24)
    body = turned((88, 208), (98, 260), (98, 330), (80, 380), (70, 388))
    foot = shape("M150 376H330V400H150Z", "#d9bd97")
    coffee = shape(oval(240, 208, 88, 17), darker(p.main, 0.24)) + shape(oval(240, 212, 75, 11), "#6b4429")
    steam = line("M214 176q-14 -20 0 -38t0 -36M262 176q-14 -20 0 -38t0 -36", "#ffffff", width=7, opacity=0.55)
    return steam + handle + solid(body, p.main, inside=foot, shade=22) + coffee
