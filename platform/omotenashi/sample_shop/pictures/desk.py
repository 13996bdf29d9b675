"""Paper and what writes on it."""

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
)

INK = "#4a4038"
LABEL = "#f6efe1"


@drawing("notebook", pose="lying")
def notebook(p: Paint) -> str:
    pages = solid(rounded(-104, -146, 214, 300, 6), "#f6efe1", shade=0) + line(
        "M108 -140V148M103 -140V148", "#d9cdb6", width=2
    )
    cover = solid(rounded(-114, -152, 214, 304, 10), p.main, shade=4)
    weave = "".join(
        shape(rounded(x, y, 9, 1.6, 1), lighter(p.main, 0.3), opacity=0.5)
        for x, y, _ in scattered(count=110, salt="cloth", box=(-108, -146, 196, 290))
    )
    spine = shape(rounded(-114, -152, 26, 304, 8), darker(p.main, 0.2))
    ribbon = shape(
        polygon((48, 150), (62, 150), (64, 196), (56, 186), (48, 198)),
        "#d1a04e" if p.main != "#a9573a" else "#3f5573",
    )
    plate = shape(rounded(-40, -96, 92, 48, 3), LABEL) + line("M-22 -80H34M-22 -66H14", INK, width=3)
    pencil = group(
        shape(rounded(-6, -120, 12, 210, 3), "#d9bd82")
        + shape(polygon((-6, 90), (6, 90), (0, 112)), "#f0dcb4")
        + shape(polygon((-2, 105), (2, 105), (0, 113)), INK)
        + shape(rounded(-6, -128, 12, 18, 4), "#a9573a"),
        x=142,
        y=20,
        turn=8,
    )
    return group(ribbon + pages + cover + weave + spine + plate + pencil, x=226, y=232, turn=-7)


@drawing("pencils", pose="lying")
def pencils(p: Paint) -> str:
    def one(x: float, y: float) -> str:
        wood = solid(
            rounded(x - 13, y, 26, 236, 2),
            p.main,
            shade=8,
            inside=line(f"M{x - 4} {y}V{y + 236}", lighter(p.main, 0.4), width=5),
        )
        point = shape(polygon((x - 13, y), (x + 13, y), (x, y - 46)), "#f0dcb4") + shape(
            polygon((x - 5, y - 29), (x + 5, y - 29), (x, y - 46)), INK
        )
        cap = shape(rounded(x - 13, y + 206, 26, 34, 4), p.accent)
        return point + wood + cap

    row = "".join(one(100 + n * 34, 150 + (n % 3) * 12) for n in range(6))
    band = solid(rounded(78, 256, 216, 58, 3), LABEL, shade=6) + motif(
        "twig", colour="#7f8f5c", x=186, y=282, scale=0.7
    )
    curl = line("M352 330c-30 -8 -34 34 -4 32s26 -44 -8 -40", "#dcb98c", width=9)
    return group(row + band, turn=16, x=98, y=-36) + group(curl, x=22, y=10)


@drawing("sharpener", pose="lying")
def sharpener(p: Paint) -> str:
    wedge = solid(polygon((150, 176), (330, 152), (350, 300), (130, 300)), p.main, shade=10)
    grooves = "".join(
        line(
            f"M{146 + n * 4} {206 + n * 26}L{336 - n * 2 + n * 4} {188 + n * 27}",
            darker(p.main, 0.18),
            width=4,
        )
        for n in range(4)
    )
    blade = group(
        solid(polygon((0, 0), (128, -20), (134, 34), (4, 54)), "#d3d5d1", shade=4)
        + shape(oval(66, 18, 13), "#8f9290")
        + line("M58 18h16", INK, width=4),
        x=176,
        y=206,
        turn=0,
    )
    shavings = line("M330 348c-40 -16 -52 40 -10 44s46 -56 -2 -62s-84 32 -54 62", "#dcb98c", width=10) + line(
        "M330 348c-40 -16 -52 40 -10 44", "#a9573a", width=3
    )
    pencil = group(
        shape(rounded(-150, -17, 150, 34, 3), "#d9bd82") + shape(rounded(-172, -17, 34, 34, 5), "#a9573a"),
        x=140,
        y=258,
        turn=4,
    )
    return pencil + wedge + grooves + blade + shavings


@drawing("tape", pose="lying")
def tape(p: Paint) -> str:
    tones = (p.main, p.accent, "#c1714f", "#8fa8a6", "#ede2cc")
    rolls = "".join(
        solid(oval(x, y, 62), tone, shade=8)
        + line(oval(x, y, 48), darker(tone, 0.12), width=3)
        + shape(oval(x, y, 32), "#e9dcc2")
        + shape(oval(x, y, 24), "#c5a9a0")
        for (x, y), tone in zip(
            ((150, 150), (290, 134), (356, 254), (216, 262), (110, 296)), tones, strict=True
        )
    )
    strip = group(
        solid(
            "M0 0H250L244 10L250 20L244 30L250 40H0Z",
            p.main,
            shade=0,
            inside="".join(
                motif("sprig", colour=LABEL, x=x, y=20, scale=0.5, turn=90) for x in range(26, 250, 44)
            ),
        ),
        x=140,
        y=346,
        turn=-4,
    )
    return strip + rolls


@drawing("letters", pose="lying")
def letters(p: Paint) -> str:
    sheet = group(
        solid(
            rounded(-92, -128, 184, 256, 2),
            p.main,
            shade=4,
            inside="".join(
                line(f"M-70 {y}H{60 - (y * 13) % 40}", p.accent, width=3, opacity=0.6)
                for y in range(-96, 90, 20)
            ),
        ),
        x=196,
        y=214,
        turn=-8,
    )
    envelope = (
        solid(rounded(-124, -82, 248, 164, 4), "#ead9bb", shade=6)
        + line("M-120 -78L0 18L120 -78", darker("#ead9bb", 0.2), width=4)
        + shape(oval(0, 14, 23), "#a9473f")
        + motif("sprig", colour="#e9c3b4", x=0, y=14, scale=0.5)
    )
    pen = group(
        solid(rounded(-8, -118, 16, 150, 7), p.accent, shade=4)
        + shape(polygon((-7, 32), (7, 32), (0, 64)), "#c79a4b")
        + shape(rounded(-8, -20, 16, 6, 2), "#c79a4b"),
        x=356,
        y=170,
        turn=24,
    )
    return sheet + group(envelope, x=262, y=310, turn=5) + pen


@drawing("cards", pose="lying")
def cards(p: Paint) -> str:
    prints = (("lavender", "#77485a"), ("twig", "#6b7552"), ("leaf", "#3f5573"), ("sprig", "#6b7552"))
    places = ((150, 216, -16), (216, 234, -6), (284, 234, 5), (348, 252, 14))
    return "".join(
        group(
            solid(rounded(-70, -104, 140, 208, 5), p.main, shade=5)
            + line(rounded(-58, -92, 116, 184, 2), darker(p.main, 0.14), width=2)
            + motif(name, colour=tone, x=0, y=-4, scale=1.9),
            x=x,
            y=y,
            turn=turn,
        )
        for (name, tone), (x, y, turn) in zip(prints, places, strict=True)
    )


@drawing("giftwrap", width=140)
def giftwrap(p: Paint) -> str:
    def kaki(x: float, y: float, r: float) -> str:
        fruit = shape(oval(x, y, r, r * 0.86), "#eec08e") + shape(
            oval(x - 2, y - 2, r * 0.9, r * 0.76), "#e5a05c"
        )
        return fruit + "".join(
            group(shape(oval(0, -6, 4, 7), p.accent), x=x, y=y - r * 0.7, turn=t) for t in (-70, -25, 25, 70)
        )

    body = solid(
        rounded(126, 216, 228, 172, 4),
        p.main,
        shade=20,
        inside="".join(kaki(x, y, 19) for x, y in ((160, 252), (304, 262), (176, 352), (330, 350)))
        + "".join(
            group(shape("M0 -18C12 -9 12 9 0 18C-12 9 -12 -9 0 -18Z", p.accent), x=x, y=y, turn=t)
            for x, y, t in ((204, 300, 40), (286, 318, -50), (146, 306, -20), (330, 300, 20))
        ),
    )
    top = shape(polygon((126, 220), (354, 220), (330, 188), (150, 188)), lighter(p.main, 0.14))
    cord = line("M240 190V388M126 300H354", "#f0e4cb", width=9)
    bow = line("M240 190C190 130 150 170 240 192C330 170 290 130 240 190", "#f0e4cb", width=10) + line(
        "M240 190L206 230M240 190L276 228", "#f0e4cb", width=8
    )
    tag = group(
        solid(rounded(0, 0, 58, 34, 4), LABEL, shade=4) + line("M12 18H44", INK, width=3),
        x=262,
        y=214,
        turn=18,
    )
    return body + top + cord + bow + tag


@drawing("twine", width=92)
def twine(p: Paint) -> str:
    spool = solid(rounded(150, 160, 180, 34, 10), "#c49a6c") + solid(
        rounded(150, 354, 180, 34, 10), "#c49a6c"
    )
    yarn = solid(
        "M172 190H308Q326 274 308 358H172Q154 274 172 190Z",
        p.main,
        shade=18,
        inside="".join(
            line(f"M150 {y}q90 -14 190 -26", darker(p.main, 0.22), width=3) for y in range(190, 400, 11)
        ),
    )
    tail = line("M306 330C366 330 372 386 420 384", darker(p.main, 0.14), width=6)
    return tail + yarn + spool


@drawing("pencase", pose="lying")
def pencase(p: Paint) -> str:
    pens = group(solid(rounded(-9, -70, 18, 130, 3), "#a9573a", shade=4), x=336, y=176, turn=48) + group(
        solid(rounded(-9, -70, 18, 130, 3), "#d9bd82", shade=4)
        + shape(polygon((-9, -70), (9, -70), (0, -98)), "#f0dcb4"),
        x=362,
        y=214,
        turn=62,
    )
    body = solid(rounded(-150, -62, 300, 124, 30), p.main, shade=10)
    fold = line("M-120 46Q0 60 124 40", darker(p.main, 0.24), width=4) + line(
        "M-110 -8q40 16 70 6M40 20q40 4 70 -10", darker(p.main, 0.18), width=4
    )
    zip_ = line("M-132 -38H132", "#c79a4b", width=6) + "".join(
        line(f"M{x} -43v10", darker("#c79a4b", 0.3), width=2) for x in range(-128, 130, 8)
    )
    pull = shape(rounded(96, -36, 14, 38, 6), "#c79a4b")
    tab = solid(rounded(-164, -20, 34, 36, 5), "#a9683f", shade=4)
    return pens + group(body + fold + zip_ + pull + tab, x=226, y=256, turn=-8)
