"""Pots, boards, knives and what stirs."""

# ruff: noqa: E501 - a path is no easier to read in two lines

from math import cos, pi, sin

from omotenashi.sample_shop.pictures.motifs import motif
from omotenashi.sample_shop.pictures.paint import Paint, drawing
from omotenashi.sample_shop.pictures.svg import (
    clipped,
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
BEECH = "#dcb98c"


@drawing("pan", width=104)
def pan(p: Paint) -> str:
    handle = solid("M326 254L440 226Q456 224 456 238T444 254L330 284Z", p.accent, shade=4)
    body = solid("M132 232H348V356Q348 388 316 388H164Q132 388 132 356Z", p.main, shade=24)
    rim = shape(rounded(124, 222, 232, 16, 8), p.accent) + shape("M124 230L108 222L132 246Z", p.accent)
    steam = line("M206 196q-14 -20 0 -38t0 -36M262 196q-14 -20 0 -38t0 -36", "#ffffff", width=7, opacity=0.6)
    return steam + handle + body + rim


@drawing("colander", width=96)
def colander(p: Paint) -> str:
    body = "M104 258H376C376 326 330 372 240 372S104 326 104 258Z"
    holes = "".join(
        group("".join(shape(oval(0, -13, 4.5), darker(p.main, 0.5)) for _ in (0,)), x=x, y=y, turn=turn)
        for x, y in ((176, 306), (240, 322), (304, 306))
        for turn in range(0, 360, 60)
    ) + "".join(shape(oval(x, y, 4.5), darker(p.main, 0.5)) for x, y in ((176, 306), (240, 322), (304, 306)))
    ears = line(
        "M110 272C70 262 72 306 118 304M370 272C410 262 408 306 362 304", darker(p.main, 0.12), width=13
    )
    feet = "".join(
        solid(polygon((x - 12, 360), (x + 12, 360), (x + 8, 388), (x - 8, 388)), darker(p.main, 0.2), shade=4)
        for x in (180, 240, 300)
    )
    berries = "".join(
        shape(oval(x, y, 21), c)
        for x, y, c in (
            (170, 246, "#8f3f3c"),
            (212, 236, "#a9473f"),
            (256, 232, "#8f3f3c"),
            (302, 242, "#a9473f"),
            (236, 214, "#b9564a"),
            (280, 218, "#993f3c"),
        )
    )
    rim = solid(rounded(92, 248, 296, 20, 10), lighter(p.main, 0.15))
    return feet + ears + berries + solid(body, p.main, inside=holes, shade=26) + rim


@drawing("donabe", width=150)
def donabe(p: Paint) -> str:
    ears = solid(rounded(64, 290, 352, 26, 12), darker(p.main, 0.2))
    body = solid(
        "M92 284H388C388 340 350 388 300 388H180C130 388 92 340 92 284Z",
        p.main,
        shade=26,
        inside=shape("M80 352H400V400H80Z", "#b58a60"),
    )
    lid = solid("M84 284C92 216 168 190 240 190S388 216 396 284Z", lighter(p.main, 0.12), shade=26)
    band = line("M104 262Q240 236 376 262", lighter(p.main, 0.45), width=4)
    knob = solid(turned((26, 158), (32, 168), (22, 186), (24, 194)), p.main)
    steam = line("M322 180q-12 -18 0 -34t0 -32", "#ffffff", width=7, opacity=0.6) + shape(
        oval(318, 216, 5), INK
    )
    return steam + ears + body + lid + band + knob


def grain(d: str, colour: str, *, lines: int, box: tuple[float, float, float, float]) -> str:
    x, y, width, height = box
    rows = "".join(
        line(
            f"M{x} {y + (n + 0.5) * height / lines:.0f}q{width / 4:.0f} {(-1) ** n * 10} {width / 2:.0f} 0t{width / 2:.0f} 0",
            darker(colour, 0.14),
            width=3,
        )
        for n in range(lines)
    )
    return solid(d, colour, inside=rows, shade=8)


@drawing("board", pose="lying")
def board(p: Paint) -> str:
    wood = grain(rounded(84, 132, 312, 216, 16), p.main, lines=7, box=(84, 140, 312, 200))
    groove = line(rounded(104, 152, 272, 176, 10), darker(p.main, 0.3), width=6, opacity=0.7)
    tomato = solid(oval(300, 264, 42), "#b9503c", shade=10) + group(
        shape("M0 -18L5 -5L18 0L5 5L0 18L-5 5L-18 0L-5 -5Z", "#6b7d4a"), x=300, y=250
    )
    slice_ = (
        shape(oval(206, 214, 34), "#b9503c")
        + shape(oval(206, 214, 27), "#d98a70")
        + "".join(
            group(shape(oval(0, -14, 5, 8), "#e9c3a2"), x=206, y=214, turn=t) for t in range(0, 360, 72)
        )
    )
    return group(wood + groove + tomato + slice_, turn=-5, x=-20, y=22)


@drawing("oliveboard", pose="lying")
def oliveboard(p: Paint) -> str:
    d = "M214 66H266Q276 66 276 80V142Q320 150 326 196L334 356Q332 408 240 410T146 356L154 196Q160 150 204 142V80Q204 66 214 66Z"
    swirl = "".join(
        line(
            f"M{176 + n * 18} 420C{150 + n * 26} 330 {204 + n * 10} 260 {168 + n * 22} 130",
            "#8a5f38",
            width=4,
            opacity=0.6,
        )
        for n in range(7)
    )
    hole = shape(oval(240, 96, 12), "#e4cdb9")
    cheese = solid(polygon((196, 330), (276, 300), (286, 340), (204, 362)), "#f0d58a", shade=4)
    olives = "".join(shape(oval(x, y, 12, 14), "#6b7348") for x, y in ((222, 262), (252, 246), (262, 276)))
    return solid(d, p.main, inside=swirl, shade=10) + hole + cheese + olives


def _blade(p: Paint, *, length: float, depth: float) -> str:
    """Lies on the x axis, point to the left, handle from 0 on."""
    blade = solid(
        f"M0 -{depth * 0.42}H-{length * 0.72}Q-{length * 0.95} -{depth * 0.34} -{length} {depth * 0.4}Q-{length * 0.6} {depth * 0.66} 0 {depth * 0.58}Z",
        "#d3d5d1",
        shade=0,
    )
    edge = line(
        f"M-{length * 0.97} {depth * 0.36}Q-{length * 0.6} {depth * 0.36} -8 {depth * 0.34}",
        "#9ea3a1",
        width=3,
    )
    dents = "".join(
        shape(oval(x, y, 4 + s * 3, 3 + s * 2), "#bfc3c0")
        for x, y, s in scattered(
            count=16, salt="hammer", box=(-length * 0.7, -depth * 0.3, length * 0.66, depth * 0.4)
        )
    )
    collar = shape(rounded(-4, -depth * 0.36, 22, depth * 0.72, 3), INK)
    handle = solid(rounded(14, -depth * 0.32, 150, depth * 0.64, 10), p.accent, shade=0) + line(
        "M30 6H148", darker(p.accent, 0.25), width=4
    )
    return blade + dents + edge + handle + collar


@drawing("knife", pose="lying")
def knife(p: Paint) -> str:
    spring_onion = line("M112 346Q240 326 372 352", "#8aa364", width=12) + line(
        "M112 346q-22 2 -30 8", "#f1efdc", width=12
    )
    return group(_blade(p, length=216, depth=62), x=262, y=216, turn=-24) + spring_onion


@drawing("paringknife", pose="lying")
def paringknife(p: Paint) -> str:
    apple = solid(
        "M196 300C152 270 110 306 128 356C140 400 180 404 196 392C212 404 256 398 262 350C272 302 236 272 196 300Z",
        "#a9473f",
        shade=16,
    )
    stalk = line("M196 300q2 -22 16 -34", "#5b3a26", width=6) + group(
        shape("M0 -18C12 -9 12 9 0 18C-12 9 -12 -9 0 -18Z", "#7f9a5c"), x=232, y=268, turn=70
    )
    return group(_blade(p, length=150, depth=44), x=252, y=170, turn=-24) + apple + stalk


def _wooden_spoon(colour: str, head: str) -> str:
    return solid("M-7 -40L-9 150Q-9 160 0 160T9 150L7 -40Z", colour, shade=4) + solid(head, colour, shade=6)


@drawing("spoons", pose="lying")
def spoons(p: Paint) -> str:
    one = _wooden_spoon(p.main, oval(0, -78, 36, 50)) + shape(oval(-2, -80, 24, 36), darker(p.main, 0.12))
    two = _wooden_spoon(
        lighter(p.main, 0.14), "M0 -136C30 -108 34 -70 26 -44Q0 -30 -26 -44C-34 -70 -30 -108 0 -136Z"
    )
    three = _wooden_spoon(darker(p.main, 0.1), "M-34 -134L30 -120Q36 -70 14 -36H-14Q-38 -70 -34 -134Z")
    return group(one, x=150, y=238, turn=-14) + group(two, x=240, y=222) + group(three, x=332, y=238, turn=14)


@drawing("measures", pose="lying")
def measures(p: Paint) -> str:
    spoons_ = "".join(
        group(
            solid(rounded(-8, 0, 16, 128, 7), p.main, shade=4)
            + solid(oval(0, 134 + r, r), p.main, shade=6)
            + shape(oval(0, 134 + r, r - 8), darker(p.main, 0.18)),
            x=240, y=128, turn=turn,
        )
        for turn, r in ((42, 25), (15, 32), (-14, 39), (-46, 47))
    )  # fmt: skip
    return spoons_ + line(oval(240, 118, 26), darker(p.main, 0.3), width=7)


@drawing("mortar", width=110)
def mortar(p: Paint) -> str:
    pestle = solid("M286 262L346 96Q352 80 368 86T380 108L318 274Z", "#b98e5f", shade=8)
    body = turned((142, 262), (126, 312), (84, 376), (76, 388))
    inner = shape(oval(240, 262, 142, 28), lighter(p.main, 0.2)) + clipped(
        oval(240, 264, 130, 23),
        shape(oval(240, 264, 130, 23), "#c9a27e")
        + "".join(line(f"M240 300L{x} 230", "#9a7350", width=2.5) for x in range(60, 430, 15)),
    )
    seeds = "".join(
        shape(oval(x, y, 4, 2.6), "#f3e3bd")
        for x, y, _ in scattered(count=26, salt="sesame", box=(170, 258, 120, 22))
    )
    drip = shape(
        "M98 262H382V300Q360 322 340 302T300 312T262 302T224 316T186 302T146 310T98 290Z",
        darker(p.main, 0.25),
    )
    return solid(body, mix(p.main, "#c9a27e", 0.55), inside=drip, shade=20) + inner + seeds + pestle


@drawing("grater", pose="lying")
def grater(p: Paint) -> str:
    dish = (
        solid(oval(220, 254, 130), p.main, shade=8)
        + shape(oval(218, 252, 104), darker(p.main, 0.06))
        + shape(oval(216, 250, 90), p.main)
    )
    teeth = "".join(
        shape(polygon((x - 4, y + 4), (x, y - 7), (x + 4, y + 4)), darker(p.main, 0.3))
        for r in (18, 38, 58, 76)
        for k in range(r // 4)
        for x, y in [_on_circle(216, 250, r, k / (r // 4))]
    )
    ring = line(oval(220, 254, 119), p.accent, width=5)
    ginger = group(
        solid(
            "M-46 4C-40 -24 -14 -22 -4 -14C6 -40 36 -34 34 -10C56 -8 60 20 36 26C14 40 -44 34 -46 4Z",
            "#d8b27a",
            shade=7,
        ),
        x=334,
        y=154,
        turn=-20,
        scale=1.25,
    )
    return dish + ring + teeth + ginger


def _on_circle(x: float, y: float, radius: float, share: float) -> tuple[float, float]:
    return round(x + radius * cos(2 * pi * share), 1), round(y + radius * sin(2 * pi * share), 1)


@drawing("rollingpin", pose="lying")
def rollingpin(p: Paint) -> str:
    dough = shape(
        "M110 330C86 282 150 262 226 268S372 258 382 312S330 390 240 384S128 374 110 330Z", "#f3e6c8"
    )
    stars = "".join(shape(oval(x, y, 15), "#e2d0a8") for x, y in ((180, 324), (252, 340), (318, 312)))
    d = "M58 210Q60 194 96 188Q240 168 384 188Q420 194 422 210T384 232Q240 252 96 232Q60 226 58 210Z"
    pin = solid(d, p.main, shade=0) + clipped(
        d, shape("M40 222Q240 240 440 222V270H40Z", darker(p.main, 0.16))
    )
    pin += line("M112 198Q240 184 330 194", lighter(p.main, 0.5), width=5)
    return dough + stars + group(pin, turn=-8, x=-26, y=20)


@drawing("cloths", pose="lying")
def cloths(p: Paint) -> str:
    tones = (
        lighter(p.main, 0.35),
        mix(p.main, p.accent, 0.5) if p.accent != p.main else darker(p.main, 0.16),
        p.main,
    )
    return "".join(
        group(
            solid(
                rounded(-104, -104, 208, 208, 8),
                tone,
                shade=6,
                inside=_all_over(p.motif, colour=lighter(tone, 0.5) if n else darker(tone, 0.2)),
            ),
            x=x,
            y=y,
            turn=turn,
        )
        for n, (tone, x, y, turn) in enumerate(
            zip(tones, (212, 246, 250), (204, 232, 262), (-14, 8, -3), strict=True)
        )
    )


def _all_over(name: str, *, colour: str) -> str:
    return "".join(
        motif(name, colour=colour, x=x, y=y, scale=0.85) for x in (-64, 0, 64) for y in (-64, 0, 64)
    )
