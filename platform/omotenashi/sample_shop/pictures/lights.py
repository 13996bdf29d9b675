"""Lamps, shades and bulbs."""

# ruff: noqa: E501 - a path is no easier to read in two lines

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
GLOW = "#fbe3a6"


def glow(x: float, y: float, r: float) -> str:
    return "".join(shape(oval(x, y, r * s), GLOW, opacity=0.16) for s in (1.0, 0.78, 0.56))


@drawing("paperlamp", width=100)
def paperlamp(p: Paint) -> str:
    paper = solid(
        rounded(160, 136, 160, 236, 4),
        "#fbeecb",
        shade=16,
        depth=0.08,
        inside=shape(oval(236, 260, 90, 110), "#fff8e2", opacity=0.8),
    )
    frame = "".join(shape(rounded(x, 126, 11, 262, 3), p.accent) for x in (152, 317)) + "".join(
        shape(rounded(146, y, 188, 12, 4), darker(p.accent, 0.06)) for y in (126, 364)
    )
    bars = line("M163 208H317M163 292H317M214 138V364M266 138V364", darker(p.accent, 0.12), width=5)
    cord = line("M328 380C380 380 372 394 438 392", INK, width=5)
    return glow(240, 250, 190) + cord + paper + bars + frame


@drawing("pendant", pose="hanging")
def pendant(p: Paint) -> str:
    cord = line("M240 0V92", INK, width=5) + solid(rounded(218, 84, 44, 22, 5), INK, shade=4)
    globe = oval(240, 248, 152, 148)
    ribs = "".join(
        line(
            f"M{240 - 152 * w:.0f} {y}Q240 {y + 16} {240 + 152 * w:.0f} {y}", darker("#fbf1d8", 0.12), width=3
        )
        for y, w in (
            (124, 0.52),
            (152, 0.74),
            (182, 0.88),
            (212, 0.96),
            (244, 1.0),
            (276, 0.97),
            (306, 0.9),
            (336, 0.78),
            (364, 0.56),
        )
    )
    core = shape(oval(236, 256, 96, 94), "#fff6d8", opacity=0.85)
    mouth = solid(rounded(206, 384, 68, 14, 5), "#8a6440", shade=4)
    return cord + solid(globe, "#fbf1d8", shade=20, depth=0.07, inside=core + ribs) + mouth


@drawing("cable", pose="hanging")
def cable(p: Paint) -> str:
    rose = solid("M192 60H288L276 92H204Z", p.accent, shade=10)
    cord = line("M240 92C240 170 130 150 132 220S246 300 240 330", p.main, width=12) + line(
        "M240 92C240 170 130 150 132 220S246 300 240 330", lighter(p.main, 0.45), width=3
    )
    socket = solid(turned((20, 322), (30, 340), (30, 388), (34, 396)), p.accent, shade=10)
    ring = shape(rounded(204, 372, 72, 9, 4), darker(p.accent, 0.25))
    coil = "".join(line(oval(352, 250, 44 + n * 9, 40 + n * 8), p.main, width=8, opacity=1) for n in range(3))
    tie = solid(rounded(338, 196, 28, 40, 5), LABEL, shade=4)
    return group(coil + tie, x=6, y=10) + cord + rose + socket + ring


@drawing("desklamp", width=96)
def desklamp(p: Paint) -> str:
    beam = shape(polygon((300, 190), (372, 224), (392, 388), (196, 388)), GLOW, opacity=0.35)
    base = solid("M112 376Q112 362 126 362H222Q236 362 236 376V388H112Z", p.main, shade=14)
    lower = line("M172 362L134 240", p.main, width=12)
    upper = line("M134 240L282 138", p.main, width=12)
    joints = shape(oval(134, 240, 15), darker(p.main, 0.2)) + shape(oval(282, 138, 13), darker(p.main, 0.2))
    head = group(
        solid("M-28 -34Q0 -50 28 -34L58 40H-58Z", darker(p.main, 0.08), shade=14)
        + shape(oval(0, 41, 58, 10), GLOW),
        x=316,
        y=166,
        turn=24,
    )
    cord = line("M116 382C80 382 70 392 36 390", INK, width=5)
    return beam + cord + base + lower + upper + joints + head


@drawing("bedsidelamp", width=88)
def bedsidelamp(p: Paint) -> str:
    foot = solid(
        turned((16, 226), (18, 262), (48, 304), (54, 344), (36, 372), (66, 382), (68, 388)), p.main, shade=16
    )
    rings = line("M190 330H290M204 372H276", darker(p.main, 0.2), width=4)
    threads = "".join(
        shape(rounded(x, y, 2, 10, 1), darker(p.accent, 0.2), opacity=0.5)
        for x, y, _ in scattered(count=50, salt="shade", box=(160, 110, 160, 120))
    )
    shade_ = solid(
        polygon((178, 100), (302, 100), (342, 240), (138, 240)),
        mix(p.accent, GLOW, 0.55),
        shade=18,
        inside=shape(oval(236, 196, 80, 70), "#fff3c9", opacity=0.7) + threads,
    )
    edge = line("M178 102H302M140 238H340", darker(p.accent, 0.22), width=5)
    cord = line("M302 384C350 378 360 394 430 390", INK, width=5)
    return glow(240, 200, 180) + cord + foot + rings + shade_ + edge


def _screw(p: Paint, *, x: float, y: float, width: float) -> str:
    threads = "".join(
        line(f"M{x - width / 2} {y + n * 15}q{width / 2} 9 {width} 0", darker(p.accent, 0.3), width=4)
        for n in range(1, 4)
    )
    return (
        solid(rounded(x - width / 2, y, width, 66, 8), p.accent, shade=8)
        + threads
        + shape(rounded(x - width / 4, y + 64, width / 2, 14, 5), INK)
    )


@drawing("bulb", pose="hanging")
def bulb(p: Paint) -> str:
    glass = solid(
        "M240 86C286 150 302 200 296 246C292 288 268 304 266 324H214C212 304 188 288 184 246C178 200 194 150 240 86Z",
        mix(p.main, GLOW, 0.3),
        shade=12,
        depth=0.1,
    )
    filament = line("M224 318L214 210L230 258L240 196L250 258L266 210L256 318", "#e39a3b", width=5)
    return (
        glow(240, 220, 170)
        + glass
        + filament
        + line("M204 190Q206 236 220 262", "#ffffff", width=7, opacity=0.8)
        + _screw(p, x=240, y=322, width=58)
    )


@drawing("globebulb", pose="hanging")
def globebulb(p: Paint) -> str:
    globe = solid(
        "M240 70A112 112 0 0 1 300 276Q280 292 276 316H204Q200 292 180 276A112 112 0 0 1 240 70Z",
        mix(p.main, "#fff3c9", 0.6),
        shade=16,
        depth=0.07,
    )
    return (
        glow(240, 190, 190)
        + globe
        + line("M160 160Q166 122 198 104", "#ffffff", width=9, opacity=0.9)
        + _screw(p, x=240, y=312, width=74)
    )


@drawing("portable", width=88)
def portable(p: Paint) -> str:
    light = shape(polygon((172, 214), (308, 214), (356, 388), (124, 388)), GLOW, opacity=0.4)
    stem = solid(rounded(230, 200, 20, 170, 6), p.main, shade=5)
    base = solid("M174 372Q174 358 190 358H290Q306 358 306 372V388H174Z", p.main, shade=14)
    cap = solid("M142 214C142 132 190 102 240 102S338 132 338 214Z", p.main, shade=20)
    under = shape(oval(240, 214, 98, 13), "#fff0c4")
    dot = shape(oval(240, 118, 7), lighter(p.main, 0.5))
    return light + stem + base + cap + under + dot


@drawing("stringlights", pose="hanging")
def stringlights(p: Paint) -> str:
    wire = line("M20 120Q130 220 240 150T462 120M20 290Q120 380 240 312T462 286", "#b9714a", width=4)
    tones = ("#fbf1d8", "#f3c98b", "#fbf1d8", "#e8ab86", "#fbf1d8", "#f3c98b")

    def lantern(x: float, y: float, tone: str) -> str:
        ribs = "".join(
            line(f"M{x - 40} {y + d}Q{x} {y + d + 9} {x + 40} {y + d}", darker(tone, 0.12), width=2.5)
            for d in (-20, -4, 12, 26)
        )
        return (
            glow(x, y, 62)
            + solid(oval(x, y, 36, 34), tone, shade=7, depth=0.1, inside=ribs)
            + shape(rounded(x - 13, y - 40, 26, 9, 3), INK)
            + shape(rounded(x - 11, y + 31, 22, 7, 3), INK)
        )

    places = ((84, 206), (180, 222), (284, 186), (390, 186), (130, 388), (236, 362), (346, 346))
    return wire + "".join(lantern(x, y, tones[n % 6]) for n, (x, y) in enumerate(places))


@drawing("lantern", width=96)
def lantern(p: Paint) -> str:
    ring = line(oval(240, 84, 26), p.main, width=8)
    roof = solid(polygon((214, 116), (266, 116), (326, 180), (154, 180)), p.main, shade=12) + solid(
        rounded(218, 100, 44, 22, 4), p.main, shade=6
    )
    glass = solid(rounded(164, 180, 152, 190, 2), mix("#dbe6e2", GLOW, 0.6), shade=8, depth=0.1)
    wax = solid(rounded(206, 290, 68, 80, 6), "#f0e4cb", shade=8) + shape(oval(240, 290, 34, 7), "#fbf3df")
    fire = shape(oval(240, 256, 44, 50), "#fff0c4", opacity=0.8) + shape(
        "M240 222C256 246 258 262 250 274Q240 284 230 274C222 262 224 246 240 222Z", "#f0b54a"
    )
    bars = "".join(shape(rounded(x, 176, 12, 200, 2), p.main) for x in (158, 310)) + shape(
        rounded(236, 178, 7, 40, 0), p.main
    )
    floor = solid(rounded(148, 366, 184, 22, 4), p.main, shade=12)
    return glow(240, 262, 170) + ring + glass + wax + fire + bars + roof + floor


@drawing("nightlight", width=92)
def nightlight(p: Paint) -> str:
    ball = oval(240, 250, 122)
    craters = "".join(
        shape(oval(x, y, r, r * 0.9), "#e6cf98", opacity=0.75)
        + shape(oval(x - 3, y - 3, r * 0.8, r * 0.7), "#f6e5b8", opacity=0.9)
        for x, y, r in (
            (196, 208, 26),
            (276, 188, 17),
            (292, 268, 30),
            (214, 296, 20),
            (176, 268, 12),
            (252, 334, 15),
            (246, 240, 9),
        )
    )
    stand = solid("M176 362H304L316 388H164Z", "#c49a6c", shade=12)
    cord = line("M304 384C350 378 360 394 430 390", INK, width=5)
    stars = "".join(
        shape(
            f"M{x} {y - 9}L{x + 3} {y - 3}L{x + 9} {y}L{x + 3} {y + 3}L{x} {y + 9}L{x - 3} {y + 3}L{x - 9} {y}L{x - 3} {y - 3}Z",
            "#fff3cf",
        )
        for x, y in ((118, 150), (366, 132), (330, 92), (150, 96))
    )
    return (
        glow(240, 250, 200)
        + stars
        + cord
        + solid(ball, "#fbedc4", shade=24, depth=0.1, inside=craters)
        + stand
    )
