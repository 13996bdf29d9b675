"""Bath, sink and broom cupboard."""

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
STEEL = "#b9bdbd"
BRISTLE = "#e6d7b4"


@drawing("soap", width=130)
def soap(p: Paint) -> str:
    bar = solid(
        rounded(122, 282, 236, 106, 26),
        p.main,
        shade=20,
        inside=line("M150 300H296", lighter(p.main, 0.4), width=6),
    )
    flecks = "".join(
        shape(oval(x, y, 2 + s * 3, 1.5 + s), darker(p.main, 0.35))
        for x, y, s in scattered(count=34, salt="soap", box=(134, 292, 208, 84))
    )
    band = solid("M196 278H286V390H196Z", LABEL, shade=8) + motif(
        p.motif, colour=p.dark, x=239, y=334, scale=0.95
    )
    bubbles = "".join(
        shape(oval(x, y, r), "#ffffff", opacity=0.75) + line(oval(x, y, r), "#d7e2e2", width=2.5)
        for x, y, r in ((148, 254, 20), (184, 232, 12), (320, 244, 24), (352, 268, 13), (300, 210, 10))
    )
    return bubbles + bar + flecks + band


def _label(p: Paint, *, y: float) -> str:
    return (
        shape(rounded(186, y, 108, 112, 8), LABEL)
        + motif(p.motif, colour=p.main, x=240, y=y + 46, scale=0.95)
        + line(f"M212 {y + 94}H268", INK, width=3.5)
    )


@drawing("pump", width=92)
def pump(p: Paint) -> str:
    head = line("M240 180V132H176V148", INK, width=13) + solid(rounded(214, 168, 52, 34, 6), INK, shade=6)
    body = turned((34, 198), (78, 226), (84, 300), (84, 380), (80, 388))
    print_ = (
        shape(rounded(186, 262, 108, 100, 8), LABEL)
        + motif(p.motif, colour="#c98d2f", x=240, y=302, scale=0.95)
        + line("M212 346H268", INK, width=3.5)
    )
    return (
        head + solid(body, p.main, shade=18) + print_ + line("M174 250V366", "#ffffff", width=6, opacity=0.3)
    )


@drawing("refill", width=104)
def refill(p: Paint) -> str:
    spout = solid(rounded(296, 96, 40, 46, 8), INK, shade=6)
    d = "M138 128H296L344 176V372Q344 388 328 388H152Q136 388 138 372Z"
    seams = line("M150 142H292M152 374H330", darker(p.main, 0.25), width=3)
    ring = shape(rounded(176, 146, 56, 16, 8), darker(p.main, 0.4))
    return spout + solid(d, lighter(p.main, 0.15), inside=seams, shade=18) + ring + _label(p, y=210)


@drawing("bottle", width=84)
def bottle(p: Paint) -> str:
    cap = solid(rounded(208, 118, 64, 46, 8), LABEL if p.main != "#8a5a33" else INK, shade=8)
    body = turned((32, 160), (38, 176), (76, 212), (78, 300), (78, 380), (74, 388))
    return (
        cap
        + solid(body, p.main, shade=18)
        + _label(p, y=236)
        + line("M178 232V366", "#ffffff", width=6, opacity=0.25)
    )


@drawing("stool", width=140)
def stool(p: Paint) -> str:
    seat = solid(
        rounded(102, 232, 276, 38, 6),
        p.main,
        shade=14,
        inside="".join(
            line(f"M102 {y}q70 6 140 0t140 0", darker(p.main, 0.12), width=2.5) for y in (242, 254)
        ),
    )
    left = solid(polygon((122, 268), (172, 268), (166, 388), (112, 388)), darker(p.main, 0.06), shade=8)
    right = solid(polygon((308, 268), (358, 268), (368, 388), (314, 388)), darker(p.main, 0.06), shade=8)
    rail = solid(rounded(160, 310, 160, 30, 4), darker(p.main, 0.16), shade=4)
    cloth = solid(
        "M226 222H300V318Q282 312 264 318T226 316Z",
        "#fbf6ea",
        shade=8,
        inside=line("M226 300H300M226 292H300", "#3f5573", width=4),
    )
    pail = solid(
        polygon((150, 178), (206, 178), (200, 234), (156, 234)), darker(p.main, 0.1), shade=8
    ) + line("M150 196H206", "#b9714a", width=6)
    return rail + left + right + seat + pail + cloth


@drawing("dish", width=140)
def dish(p: Paint) -> str:
    bar = solid(rounded(150, 292, 180, 62, 22), "#8b8a57", shade=14)
    ridges = "".join(shape(rounded(160 + n * 62, 342, 22, 20, 6), darker(p.main, 0.12)) for n in range(3))
    tray = solid("M100 352H380Q380 388 344 388H136Q100 388 100 352Z", p.main, shade=18)
    rim = solid(rounded(92, 344, 296, 16, 8), lighter(p.main, 0.2))
    bubbles = "".join(
        shape(oval(x, y, r), "#ffffff", opacity=0.8)
        for x, y, r in ((180, 278, 14), (206, 262, 9), (300, 272, 17), (324, 256, 8))
    )
    return bubbles + ridges + bar + tray + rim


def _tuft(x: float, y: float, *, length: float, colour: str = BRISTLE) -> str:
    return "".join(
        line(f"M{x + d} {y}L{x + d * 1.7} {y + length}", darker(colour, 0.1 if d % 6 else 0.25), width=4)
        for d in (-9, -3, 3, 9)
    )


@drawing("nailbrush", pose="lying")
def nailbrush(p: Paint) -> str:
    lower = "".join(_tuft(x, 276, length=56) for x in range(126, 370, 27))
    upper = "".join(_tuft(x, 212, length=-40) for x in range(160, 340, 27))
    wood = solid(rounded(96, 208, 288, 74, 36), p.main, shade=8) + line(
        "M128 230H320", lighter(p.main, 0.4), width=5
    )
    return group(lower + upper + wood, turn=-10, x=-40, y=40)


@drawing("dishbrush", pose="lying")
def dishbrush(p: Paint) -> str:
    tufts = "".join(
        group(line("M0 34V76", darker(BRISTLE, 0.08 + 0.12 * (n % 3)), width=6), turn=-86 + n * 8)
        for n in range(22)
    )
    head = solid(oval(0, 0, 54), p.main, shade=8) + "".join(
        shape(oval(x, y, 5), darker(p.main, 0.35))
        for x, y in ((-22, 14), (0, 26), (22, 14), (-12, -8), (12, -8))
    )
    neck = line("M0 -42V-74", STEEL, width=10) + line("M-20 -40Q0 -70 20 -40", STEEL, width=7)
    handle = solid("M-15 -74Q0 -84 15 -74L21 -270Q21 -294 0 -294T-21 -270Z", p.main, shade=6) + shape(
        oval(0, -272, 7), darker(p.main, 0.5)
    )
    return group(tufts + neck + head + handle, x=176, y=330, turn=34)


@drawing("brushhead", pose="lying")
def brushhead(p: Paint) -> str:
    tufts = "".join(
        group(line("M0 50V96", darker(BRISTLE, 0.08 + 0.12 * (n % 3)), width=7), turn=-90 + n * 7.5)
        for n in range(25)
    )
    disc = solid(oval(0, 0, 74), p.main, shade=10) + line(oval(0, 0, 50), darker(p.main, 0.2), width=4)
    slot = shape(rounded(-11, -11, 22, 22, 5), darker(p.main, 0.45))
    return group(tufts + disc + slot, x=240, y=204, scale=1.45)


@drawing("sponge", width=120)
def sponge(p: Paint) -> str:
    d = "M124 322C124 252 180 224 240 224S356 252 356 322S312 388 240 388S124 384 124 322Z"
    pores = "".join(
        shape(oval(x, y, 2 + s * 4, 1.6 + s * 3), darker(p.main, 0.16))
        for x, y, s in scattered(count=60, salt="sponge", box=(136, 240, 208, 140))
    )
    cord = line("M238 226C220 190 256 166 244 132", LABEL, width=7) + line(oval(244, 116, 17), LABEL, width=7)
    drops = "".join(
        shape(f"M{x} {y}q11 16 0 24q-11 -8 0 -24Z", "#a9c4c9")
        for x, y in ((112, 300), (372, 288), (386, 340))
    )
    return cord + solid(d, p.main, inside=pores, shade=22) + drops


@drawing("bottlebrush", pose="lying")
def bottlebrush(p: Paint) -> str:
    hairs = "".join(
        line(f"M0 {y}L{s * 40} {y + 16}", darker("#f0e8d6", 0.08 + 0.14 * (y % 3) / 2), width=6)
        for y in range(-40, 84, 8)
        for s in (-1, 1)
    ) + "".join(group(line("M0 20V52", "#e3d8bf", width=6), y=62, turn=t) for t in range(-80, 90, 16))
    wire = line("M0 90V-150", "#9a9d9b", width=8)
    handle = solid("M-14 -150Q0 -160 14 -150L17 -250Q17 -268 0 -268T-17 -250Z", p.main, shade=6)
    return group(wire + hairs + handle, x=188, y=318, turn=32)


@drawing("broom", width=120)
def broom(p: Paint) -> str:
    stick = group(solid(rounded(-9, -250, 18, 280, 8), p.main, shade=5), x=290, y=292, turn=14)
    head = solid("M146 300Q146 284 162 284H330Q346 284 346 300V318H146Z", p.main, shade=16)
    hair = solid(
        "M150 316H342L362 388H130Z",
        p.accent,
        shade=18,
        inside="".join(
            line(f"M{240 + x * 0.9:.0f} 320L{240 + x * 1.12:.0f} 388", lighter(p.accent, 0.2), width=2.5)
            for x in range(-100, 101, 14)
        ),
    )
    loop = line("M352 62q16 -20 20 4t-18 12", "#a9683f", width=5)
    return stick + loop + hair + head


@drawing("dustpan", width=130)
def dustpan(p: Paint) -> str:
    pan = solid("M96 300H384L402 376Q402 388 390 388H90Q78 388 78 376Z", p.main, shade=20)
    inner = shape("M116 314H362L374 360H104Z", darker(p.main, 0.16)) + shape(
        rounded(78, 376, 324, 12, 5), INK
    )
    handle = solid(rounded(222, 176, 36, 130, 16), darker(p.main, 0.06), shade=8) + shape(
        oval(240, 196, 7), darker(p.main, 0.5)
    )
    brush = group(
        solid(rounded(-84, -14, 168, 26, 12), p.accent, shade=8)
        + "".join(line(f"M{x} 12L{x * 1.06:.0f} 52", darker("#5b4a3c", 0.1 + 0.1 * (x % 3)), width=7) for x in range(-78, 80, 8))
        + solid(rounded(80, -10, 96, 20, 10), p.accent, shade=4),
        x=214, y=272, turn=-9,
    )  # fmt: skip
    return handle + pan + inner + brush


@drawing("duster", pose="lying")
def duster(p: Paint) -> str:
    fluff = "".join(
        group(
            solid(
                "M0 0C26 -30 24 -84 0 -104C-24 -84 -26 -30 0 0Z",
                mix(p.accent, "#cbb99a", 0.22 * (n % 3)),
                shade=4,
            ),
            turn=t,
        )
        for n, t in enumerate((-66, 66, -44, 44, -22, 22, 0))
    )
    handle = solid("M-11 0Q0 -8 11 0L14 170Q14 188 0 188T-14 170Z", p.main, shade=5) + shape(
        rounded(-17, -12, 34, 30, 8), darker(p.main, 0.2)
    )
    loop = line("M0 188q-16 26 2 34t2 -34", "#a9683f", width=5)
    return group(fluff + handle + loop, x=284, y=214, turn=38, scale=1.16)


@drawing("balls", width=140)
def balls(p: Paint) -> str:
    def ball(x: float, y: float, r: float, tone: str) -> str:
        felt = "".join(
            line(f"M{fx} {fy}q8 {s * 12 - 6} 16 0", darker(tone, 0.12), width=2)
            for fx, fy, s in scattered(count=26, salt=f"{x}", box=(x - r, y - r, 2 * r, 2 * r))
        )
        return solid(oval(x, y, r), tone, inside=felt, shade=16)

    return (
        ball(172, 326, 62, p.main)
        + ball(304, 328, 60, p.accent)
        + ball(240, 224, 60, lighter(p.accent, 0.55))
    )
