"""Pots, tools and seeds."""

# ruff: noqa: E501 - a path is no easier to read in two lines

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
SOIL = "#5b4636"
GREEN = "#7f8f5c"


def herb(x: float, y: float, *, size: float, name: str = "sprig", colour: str = GREEN) -> str:
    return "".join(
        motif(
            name,
            colour=mix(colour, "#4c5f4b", 0.25 * (n % 2)),
            x=x + dx * size,
            y=y - dy * size,
            scale=size,
            turn=turn,
        )
        for n, (dx, dy, turn) in enumerate(
            ((-34, 18, -34), (34, 18, 34), (-18, 38, -14), (18, 38, 16), (0, 48, 0))
        )
    )


def pot(p: Paint, *, top: float, half: float, foot: float) -> str:
    body = solid(
        polygon((240 - half, top), (240 + half, top), (240 + foot, 376), (240 - foot, 376)), p.main, shade=20
    )
    rim = solid(rounded(230 - half, top - 30, half * 2 + 20, 36, 6), lighter(p.main, 0.1), shade=18)
    saucer = solid(
        f"M{236 - foot - 14} 370H{244 + foot + 14}L{244 + foot + 4} 388H{236 - foot - 4}Z",
        darker(p.main, 0.1),
    )
    soil = shape(oval(240, top - 29, half + 4, 7), SOIL)
    return soil + rim + body + saucer


@drawing("planter", width=100)
def planter(p: Paint) -> str:
    return herb(240, 232, size=1.45) + pot(p, top=278, half=82, foot=58)


@drawing("bigplanter", width=126)
def bigplanter(p: Paint) -> str:
    trunk = line("M240 230C232 190 246 170 238 120M238 168L208 136M240 150L272 122", "#8a6d4b", width=8)
    leaves = "".join(
        group(
            shape("M0 -22C10 -10 10 10 0 22C-10 10 -10 -10 0 -22Z", GREEN if s > 0.45 else "#9aab78"),
            x=x,
            y=y,
            turn=s * 170 - 85,
        )
        for x, y, s in scattered(count=44, salt="olive", box=(160, 50, 160, 110))
    )
    olives = "".join(
        shape(oval(x, y, 6, 8), "#5d5a41") for x, y in ((196, 136), (262, 92), (292, 130), (226, 84))
    )
    return trunk + leaves + olives + pot(p, top=256, half=112, foot=82)


@drawing("planterbox", width=176)
def planterbox(p: Paint) -> str:
    plants = (
        herb(130, 270, size=1.05)
        + herb(240, 268, size=1.15, name="twig", colour="#6b8a57")
        + herb(350, 270, size=1.05, name="lavender", colour="#8a6f96")
    )
    box = solid(
        "M74 272H406L394 380Q393 388 385 388H95Q87 388 86 380Z",
        p.main,
        shade=18,
        inside="".join(line(f"M{x} 290V372", darker(p.main, 0.14), width=5) for x in range(116, 390, 42)),
    )
    rim = solid(rounded(66, 260, 348, 20, 6), lighter(p.main, 0.2))
    return plants + box + rim


@drawing("can", width=118)
def can(p: Paint) -> str:
    spout = solid("M296 340L402 196L420 206L318 384Z", p.main, shade=6)
    rose = group(
        solid("M-30 -8H30L12 26H-12Z", p.accent, shade=6)
        + "".join(shape(oval(x, -5, 3), darker(p.accent, 0.5)) for x in (-18, -6, 6, 18)),
        x=414,
        y=192,
        turn=34,
    )
    handle = line("M142 316C60 300 72 176 190 190C250 194 276 212 280 240", darker(p.main, 0.22), width=14)
    body = solid("M138 236H302L318 376Q318 388 306 388H134Q122 388 122 376Z", p.main, shade=24)
    rim = shape(oval(220, 237, 83, 13), darker(p.main, 0.35)) + shape(
        "M138 236A82 12 0 0 1 220 226V250A82 12 0 0 1 138 236Z", darker(p.main, 0.15)
    )
    band = line("M128 340H316", darker(p.main, 0.22), width=4)
    drops = "".join(
        shape(f"M{x} {y}q9 14 0 20q-9 -6 0 -20Z", "#a9c4c9") for x, y in ((436, 226), (448, 256), (430, 262))
    )
    return handle + spout + rose + body + rim + band + drops


@drawing("indoorcan", width=104)
def indoorcan(p: Paint) -> str:
    spout = line("M290 352C372 352 344 216 424 190", p.main, width=13)
    handle = line("M156 258C70 226 66 360 150 362", darker(p.main, 0.2), width=12)
    body = solid(turned((40, 240), (78, 262), (88, 330), (76, 382), (70, 388), x=222), p.main, shade=22)
    rim = shape(oval(222, 240, 40, 8), darker(p.main, 0.4))
    drops = "".join(shape(f"M{x} {y}q9 14 0 20q-9 -6 0 -20Z", "#a9c4c9") for x, y in ((430, 206), (436, 236)))
    return (
        handle
        + spout
        + body
        + rim
        + drops
        + line("M166 284Q156 320 166 360", lighter(p.main, 0.5), width=6, opacity=0.7)
    )


@drawing("seeds", width=112)
def seeds(p: Paint) -> str:
    packet = solid(rounded(150, 132, 180, 256, 6), LABEL, shade=10)
    top = shape("M150 132H330V184H150Z", p.main) + shape(
        "M150 184" + "l10 10l10 -10" * 9 + "V176H150Z", p.main
    )
    words = line("M196 158H284", LABEL, width=6)
    picture = (
        "".join(
            motif("flower", colour=c, x=x, y=y, scale=s)
            for x, y, s, c in (
                (206, 268, 1.0, "#c1554a"),
                (272, 254, 0.85, "#5d76a5"),
                (246, 316, 1.1, "#d9a13f"),
                (196, 338, 0.6, "#5d76a5"),
                (294, 328, 0.7, "#c98fa0"),
            )
        )
        if p.motif == "flower"
        else herb(240, 318, size=1.55, name=p.motif, colour=mix(p.main, "#5f7a4a", 0.55))
    )
    foot = line("M206 366H274", INK, width=4)
    strewn = "".join(
        shape(oval(x, y, 4, 3), SOIL)
        for x, y in ((98, 384), (118, 390), (136, 382), (352, 388), (372, 383), (390, 390))
    )
    return packet + top + words + picture + foot + strewn


def _glove(main: str, cuff: str) -> str:
    fingers = "".join(
        solid(rounded(x, y, 34, h, 17), main, shade=5)
        for x, y, h in ((-64, -128, 130), (-28, -150, 150), (8, -144, 150), (42, -112, 120))
    )
    thumb = group(solid(rounded(-18, -90, 38, 110, 19), main, shade=5), x=-62, y=44, turn=-46)
    palm = solid("M-64 -40H76V56Q76 84 62 96H-50Q-66 80 -64 50Z", main, shade=10)
    seams = line("M-30 -30V-8M6 -34V-10M42 -30V-8", darker(main, 0.22), width=4)
    band = solid(rounded(-56, 88, 126, 62, 8), cuff, shade=8) + line("M-56 104H70", LABEL, width=3)
    strap = shape(rounded(6, 112, 64, 20, 6), "#a9683f") + shape(oval(18, 122, 4), INK)
    return thumb + fingers + palm + seams + band + strap


@drawing("gardengloves", pose="lying")
def gardengloves(p: Paint) -> str:
    pair = group(_glove(p.main, p.accent), x=318, y=252, turn=16, scale=0.9)
    return pair + group(
        f'<g transform="scale(-1 1)">{_glove(p.main, p.accent)}</g>', x=176, y=254, turn=-10, scale=0.9
    )


@drawing("trowel", pose="lying")
def trowel(p: Paint) -> str:
    blade = solid("M-40 0H40C46 70 34 140 0 176C-34 140 -46 70 -40 0Z", "#c6c9c5", shade=10)
    scale = "".join(line(f"M-8 {y}H8", "#7d8280", width=3) for y in range(24, 150, 18)) + line(
        "M0 12V150", "#9ea3a1", width=3
    )
    neck = line("M0 0V-40", "#9ea3a1", width=13)
    handle = (
        solid("M-15 -40H15L20 -160Q20 -182 0 -182T-20 -160Z", p.accent, shade=6)
        + shape(rounded(-18, -52, 36, 18, 4), INK)
        + shape(oval(0, -164, 6), darker(p.accent, 0.5))
    )
    bulbs = "".join(
        group(
            solid("M0 -40C8 -22 30 -10 24 14Q16 30 0 30T-24 14C-30 -10 -8 -22 0 -40Z", c, shade=7),
            x=x,
            y=y,
            turn=t,
        )
        for x, y, t, c in ((138, 330, -12, "#b98555"), (186, 366, 16, "#a06f45"))
    )
    return group(neck + blade + scale + handle, x=262, y=226, turn=32) + bulbs


@drawing("secateurs", pose="lying")
def secateurs(p: Paint) -> str:
    blade = solid("M-8 0C-34 -60 -26 -120 14 -150C26 -100 24 -50 16 0Z", "#c6c9c5", shade=6) + line(
        "M-2 -10C-20 -60 -14 -110 10 -140", "#ffffff", width=4, opacity=0.8
    )
    hook = solid("M4 0C34 -30 44 -70 34 -104C62 -70 62 -20 30 14Z", darker(p.main, 0.1), shade=4)
    left = solid("M-14 0L14 10C0 80 -6 130 -30 196Q-46 206 -54 190C-42 130 -34 70 -14 0Z", p.main, shade=6)
    right = solid("M10 6L34 0C44 60 66 120 84 176Q80 198 62 194C42 130 24 70 10 6Z", p.main, shade=6)
    spring = line("M-8 84q24 -14 36 0q-28 6 -36 14q26 -8 44 2", "#9a9d9b", width=5)
    bolt = shape(oval(10, 4, 13), "#c79a4b") + line("M4 4h12", INK, width=3)
    catch = line("M-42 176Q16 206 72 170", p.accent, width=9)
    rose = (
        line("M100 396C120 330 116 270 104 214", GREEN, width=7)
        + motif("leaf", colour=GREEN, x=124, y=302, scale=0.8, turn=30)
        + motif("leaf", colour=GREEN, x=92, y=340, scale=0.8, turn=-80)
        + shape(oval(102, 190, 34), "#b9564a")
        + line("M86 190q16 -22 34 -4t-22 20t-18 -22", "#8f3f3c", width=4)
    )
    return group(rose, x=6, y=-14) + group(
        right + hook + spring + left + blade + bolt + catch, x=276, y=232, turn=14, scale=1.02
    )


@drawing("feeder", width=124)
def feeder(p: Paint) -> str:
    post = solid(rounded(228, 336, 24, 60, 2), darker(p.main, 0.2), shade=6)
    floor = solid(rounded(112, 318, 256, 22, 4), p.main, shade=10)
    wall = solid(rounded(150, 206, 180, 114, 2), darker(p.main, 0.28), shade=0)
    posts = solid(rounded(142, 200, 20, 120, 2), p.main, shade=5) + solid(
        rounded(318, 200, 20, 120, 2), p.main, shade=5
    )
    seed = shape("M172 320Q240 278 308 320Z", "#c9a46a") + "".join(
        shape(oval(x, y, 3), SOIL) for x, y, _ in scattered(count=18, salt="seed", box=(196, 302, 90, 16))
    )
    roof = solid(
        polygon((240, 108), (388, 206), (372, 224), (240, 138), (108, 224), (92, 206)), p.accent, shade=8
    ) + shape(polygon((240, 138), (340, 204), (140, 204)), p.main)
    tit = group(
        shape("M-30 6L-56 16L-34 18Z", "#5d6f8a") + solid("M-34 6C-30 -26 14 -40 34 -14C44 6 22 34 -6 30C-24 28 -36 20 -34 6Z", "#e0c25a", shade=6)
        + shape("M-34 6C-26 -20 2 -24 8 -2C0 20 -20 24 -34 6Z", "#6f86a5") + shape(oval(26, -20, 17), "#f4f0e6") + shape("M10 -26Q26 -46 42 -26Z", "#4f6da0")
        + line("M14 -20H36", INK, width=4) + shape(oval(30, -19, 3), INK) + shape(polygon((42, -18), (54, -13), (42, -10)), INK) + line("M-4 30V42M8 28V40", INK, width=3),
        x=322, y=276,
    )  # fmt: skip
    return post + wall + seed + posts + floor + roof + tit
