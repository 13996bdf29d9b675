"""Cloth: folded, hanging, worn."""

# ruff: noqa: E501 - a path is no easier to read in two lines

from omotenashi.sample_shop.pictures.motifs import motif
from omotenashi.sample_shop.pictures.paint import Paint, drawing
from omotenashi.sample_shop.pictures.svg import (
    darker,
    group,
    lighter,
    line,
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


def _weave(p: Paint, *, box: tuple[float, float, float, float]) -> str:
    x, y, width, height = box
    if p.motif == "waffle":
        step, tone = 15, darker(p.main, 0.13)
        rows = "".join(
            line(f"M{x} {y + n}H{x + width}", tone, width=2.5) for n in range(0, int(height), step)
        )
        return rows + "".join(
            line(f"M{x + n} {y}V{y + height}", tone, width=2.5) for n in range(0, int(width), step)
        )
    stripes = (24, 34, 44, 74, int(width) - 74, int(width) - 44, int(width) - 34, int(width) - 24)
    return "".join(
        line(f"M{x + n} {y}V{y + height}", p.accent, width=7 if n in (74, int(width) - 74) else 4)
        for n in stripes
    )


@drawing("towel", pose="hanging")
def towel(p: Paint) -> str:
    rail = (
        shape(rounded(70, 104, 340, 14, 7), "#a67c52")
        + shape(oval(72, 111, 12), "#8a6440")
        + shape(oval(408, 111, 12), "#8a6440")
    )
    back = solid(
        rounded(150, 100, 200, 250, 8), darker(p.main, 0.14), inside=_weave(p, box=(150, 100, 200, 250))
    )
    front = solid(rounded(132, 98, 196, 300, 8), p.main, inside=_weave(p, box=(132, 98, 196, 300)), shade=10)
    fringe = line("M136 388H324", darker(p.main, 0.24), width=4)
    return rail + back + front + fringe


@drawing("handtowel", pose="hanging")
def handtowel(p: Paint) -> str:
    peg = shape(oval(240, 104, 17), "#a67c52") + shape(oval(237, 101, 11), "#c49a6c")
    d = "M240 116C214 150 176 190 170 230L158 372Q240 392 322 372L310 230C304 190 266 150 240 116Z"
    folds = line("M240 128Q222 240 212 378M244 132Q268 240 276 376", darker(p.main, 0.2), width=5)
    return (
        solid(d, p.main, inside=_weave(p, box=(140, 100, 210, 300)) + folds, shade=14)
        + line("M232 112q8 -22 16 0", INK, width=4)
        + peg
    )


@drawing("napkins", pose="lying")
def napkins(p: Paint) -> str:
    def folded(tone: str) -> str:
        hem = line(rounded(-106, -106, 212, 212, 4), darker(tone, 0.16), width=3)
        fold = shape(polygon((-118, 118), (118, -118), (118, 118)), darker(tone, 0.08))
        return solid(rounded(-118, -118, 236, 236, 5), tone, shade=4, inside=fold + hem)

    stack = "".join(
        group(folded(darker(p.main, 0.08 * (n % 2))), x=240 + n * 5, y=252 - n * 7, turn=-6 + n * 4)
        for n in range(4)
    )
    herb = motif(
        "sprig", colour="#6b7d4a" if p.main != "#a3ae91" else "#c1714f", x=246, y=226, scale=2.1, turn=28
    )
    return stack + line("M150 238Q240 206 348 238", LABEL, width=5) + herb


@drawing("tablecloth", width=170)
def tablecloth(p: Paint) -> str:
    legs = shape(rounded(106, 300, 16, 88, 3), "#8a6440") + shape(rounded(358, 300, 16, 88, 3), "#8a6440")
    d = "M64 214H416L430 336Q408 350 392 334T352 338T308 336T262 340T216 336T170 340T128 334T88 338T50 336Z"
    folds = "".join(
        line(f"M{240 + (x - 240) * 0.9:.0f} 230L{x} 334", darker(p.main, 0.15), width=4)
        for x in (96, 152, 200, 262, 316, 374)
    )
    top = shape(polygon((84, 196), (396, 196), (416, 222), (64, 222)), lighter(p.main, 0.25))
    jug = solid(turned((16, 96), (20, 122), (34, 160), (30, 196), x=300), "#f4eee2", shade=8)
    twigs = "".join(
        group(motif("twig", colour="#7f8f5c", x=0, y=0, scale=1.2), x=x, y=y, turn=t)
        for x, y, t in ((288, 68, -14), (314, 66, 16))
    )
    bowl = (
        solid(turned((44, 164), (38, 184), (20, 198), x=176), "#c1714f", shade=8)
        + shape(oval(162, 158, 14), "#d1a04e")
        + shape(oval(186, 156, 15), "#c98d3f")
    )
    return legs + solid(d, p.main, inside=folds, shade=20) + top + twigs + jug + bowl


@drawing("throw", width=120)
def throw(p: Paint) -> str:
    def layer(y: float, tone: str) -> str:
        zigzag = "".join(
            line(f"M96 {y + row}" + "l12 10l12 -10" * 13, darker(tone, 0.16), width=3) for row in (8, 26, 44)
        )
        return solid(rounded(96, y, 288, 64, 30), tone, inside=zigzag, shade=16)

    fringe = "".join(
        line(f"M{x} 236v44", darker(p.main, 0.1 + 0.12 * (x % 3)), width=5) for x in range(120, 250, 13)
    )
    flap = solid(
        "M112 150Q112 132 130 132H262V244H112Z",
        lighter(p.main, 0.16),
        shade=6,
        inside="".join(
            line(f"M112 {y}" + "l12 10l12 -10" * 7, darker(p.main, 0.08), width=3)
            for y in range(148, 240, 20)
        ),
    )
    return (
        layer(324, darker(p.main, 0.12))
        + layer(260, p.main)
        + layer(196, darker(p.main, 0.06))
        + layer(132, lighter(p.main, 0.08))
        + fringe
        + flap
    )


@drawing("apron", pose="hanging")
def apron(p: Paint) -> str:
    peg = shape(oval(240, 72, 15), "#a67c52") + shape(oval(238, 70, 9), "#c49a6c")
    straps = line("M178 160C188 100 224 76 240 78C256 76 292 100 302 160", darker(p.main, 0.14), width=18)
    d = "M172 152H308Q314 212 362 236V398Q362 408 352 408H128Q118 408 118 398V236Q166 212 172 152Z"
    hem = line("M172 166H308", darker(p.main, 0.2), width=3) + line(
        "M118 394H362", darker(p.main, 0.2), width=3
    )
    pockets = "".join(
        shape(f"M{x} 272h84v62q0 12 -12 12h-60q-12 0 -12 -12Z", darker(p.main, 0.1))
        + line(f"M{x} 284h84", darker(p.main, 0.26), width=3)
        for x in (148, 248)
    )
    spoon = line("M300 276L318 222", "#a9683f", width=8) + shape(oval(322, 210, 12, 17), "#a9683f")
    return straps + peg + solid(d, p.main, inside=hem, shade=18) + spoon + pockets


@drawing("cushion", width=140)
def cushion(p: Paint) -> str:
    d = "M104 176Q92 148 122 156Q240 178 358 156Q388 148 376 176Q354 272 376 362Q388 394 356 386Q240 368 124 386Q92 394 104 362Q126 272 104 176Z"
    creases = line(
        "M124 176Q160 196 178 214M358 172Q322 196 306 212M128 366Q160 344 176 330",
        darker(p.main, 0.25),
        width=4,
        opacity=0.7,
    )
    threads = "".join(
        shape(rounded(x, y, 10, 2, 1), lighter(p.main, 0.3), opacity=0.6)
        for x, y, _ in scattered(count=60, salt="linen", box=(120, 170, 230, 200))
    )
    return solid(d, p.main, inside=threads + creases, shade=22)


@drawing("furoshiki", width=120)
def furoshiki(p: Paint) -> str:
    body = "M124 268C110 340 140 388 186 388H296C342 388 370 340 356 268C320 232 160 232 124 268Z"
    print_ = "".join(
        motif("flower", colour=p.accent, x=x, y=y, scale=s)
        for x, y, s in (
            (168, 300, 0.8),
            (236, 350, 1.0),
            (310, 290, 0.7),
            (318, 362, 0.6),
            (226, 284, 0.5),
            (160, 364, 0.55),
        )
    )
    folds = line(
        "M228 248Q190 270 150 330M252 248Q290 270 330 330M240 250V300",
        darker(p.main, 0.3),
        width=4,
        opacity=0.7,
    )
    left = solid("M236 238C200 236 150 190 128 150C180 150 232 190 244 226Z", p.main, shade=8)
    right = solid("M244 238C280 236 332 190 354 146C300 150 248 190 236 226Z", lighter(p.main, 0.1), shade=8)
    knot = solid(rounded(214, 214, 54, 44, 18), darker(p.main, 0.1), shade=8)
    return solid(body, p.main, inside=print_ + folds, shade=20) + left + right + knot


def _mitt(p: Paint) -> str:
    d = "M-62 150V30C-84 20 -104 -8 -96 -34C-86 -52 -64 -34 -58 -12C-66 -90 -44 -140 4 -140S70 -96 66 -20L62 150Z"
    quilt = "".join(
        line(f"M{x} -150l150 150M{x + 150} -150l-150 150", darker(p.main, 0.14), width=2.5)
        for x in range(-260, 120, 34)
    )
    quilt += "".join(
        line(f"M{x} 0l150 150M{x + 150} 0l-150 150", darker(p.main, 0.14), width=2.5)
        for x in range(-260, 120, 34)
    )
    cuff = shape("M-70 112H70V156H-70Z", LABEL) + line("M-62 124H62", darker(p.main, 0.1), width=3)
    return solid(d, p.main, inside=quilt + cuff, shade=14) + line(
        "M54 150q24 14 8 30q-18 4 -8 -26", LABEL, width=5
    )


@drawing("mitts", pose="lying")
def mitts(p: Paint) -> str:
    return group(_mitt(p), x=318, y=246, turn=16, scale=0.92) + group(
        _mitt(p), x=196, y=250, turn=-9, scale=0.96
    )
