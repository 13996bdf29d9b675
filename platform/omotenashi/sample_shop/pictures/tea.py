"""Tea and coffee."""

from omotenashi.sample_shop.pictures.motifs import motif
from omotenashi.sample_shop.pictures.paint import Paint, drawing
from omotenashi.sample_shop.pictures.svg import (
    clipped,
    darker,
    group,
    lighter,
    line,
    oval,
    polygon,
    rounded,
    shape,
    solid,
    turned,
)

LABEL = "#f6efe1"
INK = "#4a4038"
STEEL = "#c2c5c2"
CORK = "#cda06c"
CLEAR = "#dbe6e2"


@drawing("teapot", width=140)
def teapot(p: Paint) -> str:
    handle = line("M146 246C140 92 340 92 334 246", darker(p.main, 0.3), width=13)
    spout = solid("M336 300C372 292 372 252 402 238L414 254C396 280 398 324 338 346Z", p.main)
    body = turned((52, 232), (112, 256), (132, 304), (112, 358), (66, 386), (60, 388))
    dots = "".join(
        shape(oval(132 + col * 24 + (row % 2) * 12, 262 + row * 20, 4.5), p.light, opacity=0.55)
        for row in range(6)
        for col in range(10)
    )
    lid = solid(turned((14, 210), (58, 222), (66, 238), (58, 240)), darker(p.main, 0.12))
    knob = solid(turned((10, 184), (17, 194), (9, 208), (12, 214)), p.main)
    return handle + spout + solid(body, p.main, inside=dots, shade=22) + lid + knob


@drawing("kyusu", width=120)
def kyusu(p: Paint) -> str:
    handle = solid(polygon((316, 296), (408, 238), (422, 262), (322, 334)), p.main)
    spout = solid("M138 300C112 292 108 268 92 256L80 270C92 296 98 330 140 340Z", p.main, shade=6)
    body = turned((46, 244), (96, 262), (114, 308), (98, 362), (58, 388))
    wave = line("M120 330C160 300 190 356 230 328S310 300 366 334", p.accent, width=9)
    lid = solid(turned((50, 226), (56, 246), (48, 250)), p.main)
    knob = solid(turned((8, 204), (15, 212), (8, 226)), p.accent)
    return handle + spout + solid(body, p.main, inside=wave, shade=20) + lid + knob


def cup(p: Paint, *, x: float, fill: str, pattern: str = "") -> str:
    body = turned((58, 288), (58, 330), (50, 368), (34, 388), x=x)
    inner = shape(oval(x, 289, 58, 12), darker(fill, 0.14)) + shape(
        oval(x, 293, 47, 7), "#a9a560", opacity=0.75
    )
    return solid(body, fill, inside=pattern) + inner


def _wave(x: float, colour: str) -> str:
    return line(f"M{x - 64} 344q22 -24 44 0t44 0t44 0", colour, width=8)


@drawing("cups", width=130)
def cups(p: Paint) -> str:
    dark = p.motif == "wave"
    fill = "#f4eee2" if dark else p.main
    stroke = p.main if dark else darker(p.main, 0.06)
    return cup(p, x=302, fill=fill, pattern=_wave(302, stroke)) + cup(
        p, x=176, fill=fill, pattern=_wave(176, stroke)
    )


@drawing("ricebowls", width=146)
def ricebowls(p: Paint) -> str:
    cloud = "".join(
        line(f"M{x} {y}q10 -16 22 0q12 -14 24 0", "#f4eee2", width=5) for x, y in ((258, 330), (312, 316))
    )
    one = turned((76, 292), (70, 332), (44, 368), (26, 376), (28, 388), x=314)
    other = turned((76, 272), (70, 320), (44, 362), (26, 374), (28, 388), x=166)
    rim_one = shape(oval(314, 293, 76, 14), darker(p.accent, 0.25))
    rim_other = shape(oval(166, 273, 76, 14), darker(p.main, 0.13)) + shape(
        "M104 272Q166 226 228 272Z", "#fffdf6"
    )
    return solid(one, p.accent, inside=cloud) + rim_one + solid(other, p.main) + rim_other


@drawing("pouch", width=104)
def pouch(p: Paint) -> str:
    body = "M148 150L332 150L346 380Q346 388 338 388L142 388Q134 388 134 380Z"
    top = "M150 108H330L332 152H148Z"
    seam = line("M150 132H330", darker(p.main, 0.3), width=3)
    label = shape(rounded(178, 206, 124, 138, 10), LABEL)
    lines = line("M208 310H272", INK, width=4) + line("M220 324H260", INK, width=3, opacity=0.5)
    print_ = motif(p.motif, colour=p.main if p.main != CLEAR else p.accent, x=240, y=256)
    clip = solid(rounded(214, 98, 52, 18, 4), darker(p.main, 0.4), shade=4)
    return (
        solid(body, p.main, shade=18)
        + solid(top, darker(p.main, 0.08))
        + seam
        + label
        + print_
        + lines
        + clip
    )


@drawing("tin", width=92)
def tin(p: Paint) -> str:
    body = rounded(156, 190, 168, 198, 12)
    lid = rounded(150, 150, 180, 52, 10)
    if p.motif == "waves":
        face = "".join(
            line(f"M{x - r} {y}A{r} {r} 0 0 1 {x + r} {y}", lighter(p.main, 0.45), width=2.5)
            for row, y in enumerate(range(224, 410, 21))
            for x in range(150 + (row % 2) * 21, 340, 42)
            for r in (19, 12, 5)
        )
    else:
        face = shape(oval(240, 300, 54), LABEL) + motif(p.motif, colour=p.main, x=240, y=298, scale=1.05)
    return solid(body, p.main, inside=face, shade=22) + solid(lid, darker(p.main, 0.12), shade=22)


@drawing("whisk", width=76)
def whisk(p: Paint) -> str:
    handle = solid(turned((30, 108), (32, 160), (34, 206)), p.main)
    prongs = "".join(
        line(
            f"M{240 + x * 0.52:.0f} 214C{240 + x * 1.5:.0f} 280 {240 + x * 1.35:.0f} 340 {240 + x:.0f} 384",
            c,
            width=4,
        )
        for x, c in ((x, darker(p.main, 0.22 if x % 16 else 0.05)) for x in range(-64, 65, 8))
    )
    thread = solid(rounded(203, 202, 74, 16, 7), INK, shade=8)
    return prongs + handle + thread


@drawing("dripper", width=100)
def dripper(p: Paint) -> str:
    cone = polygon((132, 186), (348, 186), (276, 336), (204, 336))
    ribs = "".join(
        line(f"M{x} 200Q{x + 18} 270 {240 + (x - 240) * 0.3:.0f} 334", p.dark, width=3, opacity=0.5)
        for x in (170, 205, 240, 275, 310)
    )
    base = solid(rounded(150, 334, 180, 24, 11), p.main)
    foot = solid(rounded(200, 356, 80, 32, 8), darker(p.main, 0.1))
    handle = line("M334 216C396 206 392 290 306 292", darker(p.main, 0.08), width=16)
    rim = solid(rounded(124, 174, 232, 24, 12), lighter(p.main, 0.15))
    paper = shape(polygon((146, 176), (334, 176), (320, 146), (160, 146)), "#e5d3b3")
    return handle + paper + solid(cone, p.main, inside=ribs, shade=26) + rim + foot + base


@drawing("filterpack", width=100)
def filterpack(p: Paint) -> str:
    def fan(y: float, fill: str) -> str:
        return solid(f"M132 {y}Q240 {y - 44} 348 {y}L292 {y + 150}H188Z", fill, shade=10, depth=0.1)

    sheets = "".join(fan(192 + n * 9, darker(p.main, 0.05 * (n % 2))) for n in range(5))
    band = solid(rounded(164, 292, 152, 44, 4), "#a9573a", shade=8)
    number = line("M226 304q-12 0 -12 10t12 10t12 -10t-12 -10M252 306q10 -6 12 4t-14 14h16", LABEL, width=4)
    return group(sheets, y=8) + group(band + number, y=-4)


@drawing("server", width=100)
def server(p: Paint) -> str:
    glass = turned((62, 168), (58, 216), (104, 286), (106, 350), (76, 388))
    coffee = turned((105, 300), (106, 350), (76, 388), (70, 392))
    collar = solid(rounded(178, 196, 124, 36, 8), CORK)
    thong = line("M296 214q16 4 12 24", INK, width=4) + shape(oval(307, 242, 7), "#a9683f")
    rim = shape(rounded(172, 160, 136, 12, 6), lighter(p.main, 0.6)) + shape(
        "M172 166L152 158L176 176Z", p.main
    )
    gleam = line("M158 284Q148 320 160 356", "#ffffff", width=7, opacity=0.6)
    inside = shape(coffee, "#5b3a26") + shape(oval(240, 300, 106, 9), "#7a5236")
    return solid(glass, p.main, inside=inside, depth=0.1) + collar + thong + rim + gleam


@drawing("grinder", width=104)
def grinder(p: Paint) -> str:
    body = solid(polygon((164, 252), (316, 252), (336, 388), (144, 388)), p.main, shade=20)
    drawer = shape(rounded(186, 312, 108, 52, 5), darker(p.main, 0.22)) + shape(oval(240, 338, 8), "#c79a4b")
    dome = solid("M178 252C178 196 302 196 302 252Z", STEEL)
    crank = line("M240 200V172L340 152", "#8d8f8c", width=9) + shape(oval(240, 174, 10), "#8d8f8c")
    knob = solid(turned((16, 112), (22, 128), (12, 150), x=342), darker(p.main, 0.1), shade=6)
    return (
        dome
        + crank
        + knob
        + body
        + drawer
        + clipped(rounded(158, 246, 164, 14, 6), shape(rounded(158, 246, 164, 14, 6), lighter(p.main, 0.2)))
    )
