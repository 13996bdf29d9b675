"""Baskets, boxes and jars."""

# ruff: noqa: E501 - a path is no easier to read in two lines

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
    scattered,
    shape,
    solid,
)

INK = "#4a4038"
LABEL = "#f6efe1"
CORK = "#cda06c"


def woven(p: Paint, *, top: float, half: float, foot: float) -> str:
    d = f"M{240 - half} {top}H{240 + half}L{240 + foot} 376Q{240 + foot} 388 {228 + foot} 388H{252 - foot}Q{240 - foot} 388 {240 - foot} 376Z"
    rows = "".join(
        line(f"M{x + (row % 2) * 14} {y}q7 -8 14 0", darker(p.main, 0.28), width=4)
        for row, y in enumerate(range(int(top) + 18, 392, 15))
        for x in range(240 - int(half) - 14, 240 + int(half), 28)
    )
    rim = solid(
        rounded(232 - half, top - 10, half * 2 + 16, 24, 12),
        darker(p.main, 0.1),
        inside="".join(
            line(f"M{x} {top + 14}l12 -26", darker(p.main, 0.3), width=4)
            for x in range(220 - int(half), 260 + int(half), 22)
        ),
    )
    return solid(d, p.main, inside=rows, shade=22) + rim


@drawing("basket", width=120)
def basket(p: Paint) -> str:
    loaf = solid("M150 262Q146 206 190 200L292 190Q338 190 334 262Z", "#c98f4f", shade=12) + line(
        "M186 218l20 26M228 210l20 28M272 204l20 28", "#ecd2a0", width=7
    )
    ears = line(
        "M130 258C92 236 92 292 132 286M350 258C388 236 388 292 348 286", darker(p.main, 0.2), width=12
    )
    return loaf + ears + woven(p, top=262, half=120, foot=100)


@drawing("bigbasket", width=150)
def bigbasket(p: Paint) -> str:
    blanket = solid(
        "M128 206Q122 140 190 144H300Q352 144 350 206Z",
        "#a9573a",
        shade=12,
        inside=line("M140 168H350M136 182H350", "#e9cdb4", width=5),
    )
    fold = solid("M262 196V150H330V262Q296 250 262 262Z", "#c1714f", shade=8)
    ears = line(
        "M100 210C58 186 58 252 104 246M380 210C422 186 422 252 376 246", darker(p.main, 0.2), width=13
    )
    return blanket + ears + woven(p, top=206, half=150, foot=124) + fold


@drawing("feltbasket", width=126)
def feltbasket(p: Paint) -> str:
    yarn = (
        shape(oval(196, 208, 40), "#c1714f")
        + shape(oval(278, 202, 46), "#d1a04e")
        + "".join(
            line(f"M{x} {y}q20 -26 44 -12", darker(c, 0.2), width=3)
            for x, y, c in (
                (174, 210, "#c1714f"),
                (176, 222, "#c1714f"),
                (252, 206, "#d1a04e"),
                (254, 220, "#d1a04e"),
                (256, 192, "#d1a04e"),
            )
        )
    )
    needles = line("M300 190L352 108", "#8a6440", width=7) + shape(oval(354, 105, 8), "#8a6440")
    body = solid("M116 222H364L352 380Q352 388 344 388H136Q128 388 128 380Z", p.main, shade=22)
    seam = line("M122 238H358", darker(p.main, 0.22), width=3)
    strap = "".join(
        line(f"M{x} 262q34 62 68 0", "#a9683f", width=12)
        + shape(oval(x, 260, 5), INK)
        + shape(oval(x + 68, 260, 5), INK)
        for x in (206,)
    )
    return needles + yarn + body + seam + strap


def jar_of(p: Paint, *, top: float, cork: str, filling: str) -> str:
    glass = rounded(166, top, 148, 388 - top, 16)
    lid = solid(rounded(172, top - 30, 136, 44, 8), cork, shade=12) + "".join(
        shape(oval(x, y, 2.5), darker(cork, 0.3))
        for x, y, _ in scattered(count=14, salt="cork", box=(180, top - 26, 116, 22))
    )
    return (
        lid
        + solid(glass, lighter(p.main, 0.3), inside=filling, shade=10, depth=0.1)
        + line(f"M184 {top + 26}V364", "#ffffff", width=7, opacity=0.65)
        + line(glass, "#c4d2cc", width=4)
    )


@drawing("jar", width=92)
def jar(p: Paint) -> str:
    if p.motif == "salt":
        salt = shape("M160 252Q240 236 320 256V400H160Z", "#f3efe6") + "".join(
            shape(rounded(x, y, 5, 5, 1), darker("#f3efe6", 0.14))
            for x, y, _ in scattered(count=50, salt="salt", box=(168, 256, 142, 128))
        )
        tag = shape(rounded(192, 292, 96, 62, 5), LABEL) + motif(
            "twig", colour="#7f8f5c", x=240, y=320, scale=0.8
        )
        return group(
            jar_of(Paint(main="#dbe6e2", accent=CORK, motif=""), top=222, cork=CORK, filling=salt) + tag
        )
    beans = shape("M160 250H330V400H160Z", "#8f5f3f") + "".join(
        group(shape(oval(0, 0, 9, 6), "#a9734c" if s > 0.5 else "#76492d"), x=x, y=y, turn=s * 180)
        for x, y, s in scattered(count=90, salt="beans", box=(166, 250, 148, 136))
    )
    return jar_of(p, top=214, cork=p.accent, filling=beans)


@drawing("talljar", width=92)
def talljar(p: Paint) -> str:
    pasta = "".join(
        line(f"M{176 + n * 8} 392V{132 + (n * 37) % 19}", "#ecd08b" if n % 2 else "#dcb969", width=7)
        for n in range(17)
    )
    return jar_of(p, top=112, cork=p.accent, filling=pasta)


@drawing("breadbin", width=160)
def breadbin(p: Paint) -> str:
    body = solid("M88 246H392V368Q392 388 372 388H108Q88 388 88 368Z", p.main, shade=24)
    rim = shape(rounded(80, 238, 320, 12, 6), INK)
    lid = solid(
        rounded(84, 202, 312, 40, 12),
        p.accent,
        shade=14,
        inside=line("M84 216q78 8 156 0t156 0M84 230q78 -6 156 0t156 0", darker(p.accent, 0.14), width=2.5),
    )
    word = "".join(
        motif("twig", colour="#8a7a55", x=x, y=312, scale=1.0, turn=t)
        for x, t in ((214, -24), (240, 0), (266, 24))
    )
    loaf = solid("M150 204Q150 158 196 154H282Q328 158 328 204Z", "#c98f4f", shade=10) + line(
        "M190 172l16 22M232 168l16 24M274 172l16 22", "#ecd2a0", width=6
    )
    return loaf + body + rim + lid + word


@drawing("lidbox", width=140)
def lidbox(p: Paint) -> str:
    body = solid(
        rounded(106, 258, 268, 130, 5),
        p.main,
        shade=18,
        inside="".join(
            line(f"M100 {y}q70 10 140 0t140 0", darker(p.main, 0.1), width=2.5) for y in (286, 316, 348, 374)
        ),
    )
    joints = "".join(shape(rounded(106, y, 16, 14, 1), darker(p.main, 0.16)) for y in range(262, 380, 28))
    lid = group(solid(rounded(98, 216, 284, 44, 5), lighter(p.main, 0.16), shade=14), turn=-5, x=-22, y=8)
    letter = group(
        solid(rounded(0, 0, 92, 70, 3), LABEL, shade=5)
        + line("M4 4L46 40L88 4", darker(LABEL, 0.2), width=3),
        x=196,
        y=214,
        turn=-9,
    )
    cord = line("M240 258V388", "#a9473f", width=7) + line(
        "M240 320C214 296 214 346 240 322C266 296 266 346 240 322", "#a9473f", width=6
    )
    return letter + body + joints + cord + group(lid, y=-26)


@drawing("crate", width=150)
def crate(p: Paint) -> str:
    records = "".join(
        shape(
            polygon(
                (130 + n * 24, 176 + (n * 17) % 22),
                (148 + n * 24, 172 + (n * 17) % 22),
                (150 + n * 24, 300),
                (132 + n * 24, 300),
            ),
            c,
        )
        for n, c in enumerate(
            (
                "#c1714f",
                "#3f5573",
                "#d1a04e",
                "#6b7552",
                "#ede2cc",
                "#77485a",
                "#a9573a",
                "#8fa8a6",
                "#d8c9ab",
            )
        )
    )
    slats = "".join(
        solid(rounded(94, y, 292, 52, 5), tone, shade=14)
        for y, tone in ((220, p.main), (278, darker(p.main, 0.05)), (336, p.main))
    )
    grip = shape(rounded(196, 234, 88, 24, 12), darker(p.main, 0.5))
    posts = solid(rounded(100, 216, 22, 172, 3), darker(p.main, 0.14), shade=4) + solid(
        rounded(358, 216, 22, 172, 3), darker(p.main, 0.14), shade=4
    )
    return records + slats + grip + posts


@drawing("rack", pose="hanging")
def rack(p: Paint) -> str:
    board = solid(
        rounded(62, 150, 356, 52, 8),
        p.main,
        shade=8,
        inside=line("M62 168q90 10 180 0t180 0M62 186q90 -8 180 0t180 0", darker(p.main, 0.14), width=2.5),
    )
    hat = (
        solid("M100 242C100 196 176 196 176 242Z", "#d9bd82", shade=8)
        + shape(oval(138, 244, 62, 13), "#c9a968")
        + line("M101 236H175", "#a9473f", width=9)
    )
    bag = (
        line("M284 200q-26 40 -8 66M304 200q26 40 8 66", "#c8b590", width=6)
        + solid("M252 262H336L348 372Q348 382 338 382H250Q240 382 240 372Z", LABEL, shade=12)
        + motif("sprig", colour="#7f8f5c", x=294, y=320, scale=1.3)
    )
    keys = (
        line("M378 196V236", "#c79a4b", width=5)
        + line(oval(378, 246, 12), "#c79a4b", width=5)
        + line("M378 258V298M378 286h10M378 296h8", "#c79a4b", width=6)
    )
    pegs = "".join(
        shape(oval(x, 186, 13), darker(p.main, 0.24)) + shape(oval(x - 3, 183, 8), lighter(p.main, 0.1))
        for x in (100, 170, 240, 294, 378)
    )
    return board + keys + bag + pegs + hat


@drawing("netbag", pose="hanging")
def netbag(p: Paint) -> str:
    peg = shape(oval(240, 70, 15), "#a67c52") + shape(oval(238, 68, 9), "#c49a6c")
    handle = line("M170 220C180 120 226 80 240 74C254 80 300 120 310 220", p.main, width=9)
    d = "M156 214H324C390 282 388 404 240 408C92 404 90 282 156 214Z"
    fruit = "".join(
        solid(oval(x, y, r), c, shade=8)
        for x, y, r, c in (
            (176, 312, 46, "#e08f3f"),
            (262, 294, 44, "#d9a13f"),
            (330, 330, 42, "#e08f3f"),
            (222, 366, 44, "#cf7a38"),
            (302, 382, 40, "#e08f3f"),
            (150, 372, 36, "#d9a13f"),
        )
    )
    net = "".join(
        line(f"M{x} 200L{x + 170} 420M{x + 170} 200L{x} 420", p.main, width=4) for x in range(-60, 380, 34)
    )
    rim = line("M152 216Q240 234 328 216", darker(p.main, 0.1), width=10)
    return peg + handle + clipped(d, fruit + net) + line(d, p.main, width=5) + rim


@drawing("tins", pose="lying")
def tins(p: Paint) -> str:
    spices = ("#b9502f", "#d9a13f", "#7f6a3f", "#8a3f35", "#5f7048", "#c98a5a")
    return "".join(
        solid(oval(x, y, 64), p.main, shade=7) + shape(oval(x - 1, y - 1, 50), spice)
        + "".join(shape(oval(a, b, 2 + s), darker(spice, 0.3)) for a, b, s in scattered(count=16, salt=spice, box=(x - 34, y - 34, 66, 66)))
        + line(f"M{x - 34} {y - 18}Q{x - 24} {y - 36} {x - 6} {y - 40}", "#ffffff", width=5, opacity=0.7)
        for (x, y), spice in zip(((104, 172), (240, 160), (376, 172), (104, 312), (240, 300), (376, 312)), spices, strict=True)
    )  # fmt: skip
