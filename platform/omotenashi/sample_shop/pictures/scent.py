"""Candles, incense, and what keeps them company."""

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
    shape,
    solid,
    turned,
)

INK = "#4a4038"
LABEL = "#f6efe1"
FLAME = "#f0b54a"


def flame(x: float, y: float, *, size: float = 1.0) -> str:
    """`y` is the wick's foot."""
    glow = shape(oval(0, -30, 40, 48), "#fbe3a6", opacity=0.35)
    outer = shape("M0 -66C18 -40 20 -24 12 -12Q0 -2 -12 -12C-20 -24 -16 -40 0 -66Z", FLAME)
    inner = shape("M0 -44C9 -30 10 -20 5 -13Q0 -9 -5 -13C-10 -20 -8 -30 0 -44Z", "#fff0c4")
    return group(glow + line("M0 0V-14", INK, width=4) + outer + inner, x=x, y=y, scale=size)


@drawing("candle", width=100)
def candle(p: Paint) -> str:
    glass = rounded(148, 206, 184, 182, 16)
    wax = shape("M140 242H340V400H140Z", "#f3e6cb")
    tint = shape("M130 196H350V400H130Z", p.accent, opacity=0.62)
    label = shape(rounded(178, 266, 124, 96, 6), LABEL) + motif(
        p.motif, colour=p.main, x=240, y=302, scale=0.95
    )
    words = line("M214 346H266", INK, width=3)
    rim = line(oval(240, 208, 91, 12), mix(p.accent, "#ffffff", 0.35), width=5)
    pool = shape(oval(240, 246, 88, 11), "#f8efdb", opacity=0.55)
    return (
        solid(glass, p.accent, inside=wax + tint + pool, shade=0)
        + flame(240, 238)
        + rim
        + label
        + words
        + line("M166 236V372", "#ffffff", width=6, opacity=0.35)
    )


@drawing("pillar", width=88)
def pillar(p: Paint) -> str:
    body = "M160 182Q240 164 320 182V380Q320 388 312 388H168Q160 388 160 380Z"
    cells = "".join(
        line(f"M{x} {y}l12 7v14l-12 7l-12 -7v-14Z", darker(p.main, 0.14), width=2.5)
        for row, y in enumerate(range(200, 400, 22))
        for x in range(160 + (row % 2) * 12, 336, 24)
    )
    top = shape(oval(240, 182, 80, 15), lighter(p.main, 0.35)) + shape(oval(240, 184, 52, 8), "#f6d98c")
    bee = (
        shape(oval(0, 0, 12, 8), "#e0ab3e")
        + line("M-4 -7V7M3 -7V7", INK, width=3.5)
        + shape(oval(-2, -11, 8, 6), "#ffffff", opacity=0.8)
    )
    return (
        solid(body, p.main, inside=cells, shade=20)
        + top
        + flame(240, 182)
        + group(bee, x=356, y=150, turn=-14)
    )


@drawing("tapers", width=130)
def tapers(p: Paint) -> str:
    def taper(x: float, top: float) -> str:
        body = solid(f"M{x - 11} {top}Q{x} {top - 10} {x + 11} {top}L{x + 15} 366H{x - 15}Z", p.main, shade=6)
        foot = solid(turned((18, 352), (14, 364), (34, 382), (36, 388), x=x), "#c79a4b", shade=6)
        return body + foot

    places = ((128, 168), (204, 112), (278, 138), (352, 186))
    return "".join(taper(x, top) + flame(x, top - 4, size=0.72) for x, top in places)


@drawing("tealights", width=160)
def tealights(p: Paint) -> str:
    def light(x: float, y: float) -> str:
        cup = solid(f"M{x - 42} {y}V{y + 34}Q{x} {y + 48} {x + 42} {y + 34}V{y}Z", "#e4ded2", shade=8)
        wax = shape(oval(x, y, 42, 13), p.main) + line(oval(x, y, 42, 13), "#cfc8ba", width=3)
        return cup + wax + flame(x, y - 2, size=0.62)

    back = "".join(light(x, 286) for x in (196, 292))
    return back + "".join(light(x, 344) for x in (130, 240, 350))


@drawing("incense", width=140)
def incense(p: Paint) -> str:
    tray = solid("M92 356H388L368 388H112Z", "#8a6440", shade=10)
    ash = shape(oval(240, 357, 146, 8), "#cfc4b2")
    stick = line("M186 356L262 200", p.dark if p.main != "#e3c79b" else "#b98e5f", width=7) + shape(
        oval(263, 198, 5), "#e07a3f"
    )
    curl = line("M264 186C244 160 292 142 268 114S286 70 262 48", "#ffffff", width=7, opacity=0.6)
    carton = group(
        solid(rounded(0, 0, 74, 190, 4), p.main, shade=10)
        + shape(rounded(12, 26, 46, 96, 2), LABEL)
        + motif("twig" if p.main == "#e3c79b" else "flower", colour=p.dark, x=35, y=72, scale=0.8)
        + shape(oval(35, 152, 13), "#a9473f"),
        x=306, y=166,
    )  # fmt: skip
    return carton + tray + ash + stick + curl


@drawing("leafholder", pose="lying")
def leafholder(p: Paint) -> str:
    tips = ((0, -112), (22, -58), (72, -92), (62, -34), (116, -28), (74, 16), (88, 56), (36, 44), (14, 70))
    right = [*tips]
    left = [(-x, y) for x, y in reversed(tips[1:])]
    d = polygon(*right, *left)
    veins = "".join(
        line(f"M0 62L{x} {y}", darker(p.main, 0.25), width=4)
        for x, y in ((0, -96), (60, -76), (-60, -76), (98, -24), (-98, -24), (74, 46), (-74, 46))
    )
    stem = line("M0 62Q6 104 30 124", darker(p.main, 0.1), width=10)
    hole = shape(oval(0, 10, 9), darker(p.main, 0.5))
    leaf = group(stem + solid(d, p.main, inside=veins, shade=8) + hole, x=236, y=262, turn=-12, scale=1.15)
    stick = line("M238 272L330 110", "#a9573a", width=7) + shape(oval(331, 108, 5), "#e07a3f")
    smoke = line("M334 98C318 78 352 66 338 44", "#ffffff", width=6, opacity=0.65)
    return leaf + stick + smoke


@drawing("candleholder", width=124)
def candleholder(p: Paint) -> str:
    taper = solid("M226 118Q240 108 254 118L260 330H220Z", "#f0e4cb", shade=8) + flame(240, 114, size=0.85)
    socket = solid(rounded(206, 308, 68, 40, 6), p.main, shade=12)
    foot = solid("M128 348Q240 332 352 348L366 376Q366 388 352 388H128Q114 388 114 376Z", p.main, shade=20)
    return taper + socket + foot + line("M140 356Q240 342 320 352", lighter(p.main, 0.35), width=4)


@drawing("snuffer", pose="lying")
def snuffer(p: Paint) -> str:
    handle = (
        line("M150 330L322 158", p.main, width=11)
        + shape(oval(142, 338, 19), p.main)
        + shape(oval(142, 338, 9), darker(p.main, 0.4))
    )
    hinge = shape(oval(324, 156, 11), darker(p.main, 0.25))
    bell = group(
        solid(turned((8, -44), (24, -30), (38, 16), (50, 34), x=0), p.main, shade=12)
        + shape(oval(0, 35, 50, 10), darker(p.main, 0.35)),
        x=344,
        y=184,
        turn=-18,
    )
    smoke = line("M338 110C322 90 352 76 338 52", "#ffffff", width=6, opacity=0.6)
    return handle + bell + hinge + smoke


@drawing("diffuser", width=88)
def diffuser(p: Paint) -> str:
    reeds = "".join(
        line(f"M240 300L{x} {y}", c, width=6)
        for x, y, c in (
            (164, 92, "#c9a777"),
            (196, 72, "#b8925f"),
            (228, 60, "#c9a777"),
            (256, 64, "#b8925f"),
            (288, 76, "#c9a777"),
            (318, 100, "#b8925f"),
        )
    )
    body = rounded(164, 248, 152, 140, 20)
    neck = solid(rounded(210, 206, 60, 48, 6), p.main) + solid(
        rounded(202, 200, 76, 16, 6), "#3f3630", shade=8
    )
    label = shape(rounded(190, 292, 100, 66, 5), LABEL) + motif(
        "twig", colour="#7f8f5c", x=240, y=322, scale=0.75
    )
    liquid = shape("M150 300H330V400H150Z", lighter(p.main, 0.22), opacity=0.5)
    return (
        reeds
        + neck
        + solid(body, p.main, inside=liquid, shade=16)
        + label
        + line("M180 270V366", "#ffffff", width=6, opacity=0.3)
    )


@drawing("matchjar", width=88)
def matchjar(p: Paint) -> str:
    cork = solid(rounded(170, 132, 140, 42, 8), "#cda06c", shade=12)
    striker = shape(rounded(186, 126, 108, 10, 4), INK)
    sticks = "".join(
        line(f"M{x} 372L{x + (x % 7) - 3} 226", "#e8d3a8", width=6)
        + shape(oval(x + (x % 7) - 3, 220, 6.5, 9), p.main)
        for x in range(180, 304, 11)
    )
    glass = rounded(160, 168, 160, 220, 18)
    return (
        cork
        + striker
        + solid(glass, "#e6ece6", inside=sticks, shade=10, depth=0.1)
        + line("M178 196V360", "#ffffff", width=7, opacity=0.7)
        + line(rounded(160, 168, 160, 220, 18), "#c9d4cd", width=4)
    )
