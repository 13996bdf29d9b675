"""Every product has a small picture, drawn by the code that is here."""

import json
import struct
from xml.etree import ElementTree

from omotenashi.sample_shop.catalogue import load_products, sample_records
from omotenashi.sample_shop.pictures.frame import picture_svg
from omotenashi.sample_shop.pictures.paint import DRAWINGS
from omotenashi.sample_shop.pictures.stored import DIGESTS, FOLDER, digest, drawings


def png_size(name: str) -> tuple[int, int]:
    head = (FOLDER / f"{name}.png").read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_it_shows_every_product() -> None:
    for product in load_products():
        name = product["image_url"].removeprefix("/static/sample_shop/").removesuffix(".png")
        assert png_size(name) == (480, 480)


def test_it_stays_light() -> None:
    sizes = [path.stat().st_size for path in FOLDER.glob("*.png")]
    assert max(sizes) < 30_000
    assert sum(sizes) < 2_500_000


def test_it_keeps_no_picture_of_a_product_that_is_gone() -> None:
    products = {product["external_id"] for product in load_products()}
    assert {path.stem for path in FOLDER.glob("*.png")} == products | {"logo", "mark"}


def test_it_ships_the_pictures_it_would_draw_today() -> None:
    drawn = {name: digest(svg) for name, svg in drawings().items()}
    assert json.loads(DIGESTS.read_text(encoding="utf-8")) == drawn, (
        "python -m omotenashi.sample_shop.render_pictures"
    )


def test_it_draws_well_formed_svg_and_no_two_products_alike() -> None:
    svgs = list(drawings().values())
    for svg in svgs:
        ElementTree.fromstring(svg)
    assert len(set(svgs)) == len(svgs)


def test_it_draws_nothing_that_no_product_needs() -> None:
    assert set(DRAWINGS) == {record["picture"]["kind"] for record in sample_records()}


def test_it_takes_the_colour_of_the_variant() -> None:
    records = {record["external_id"]: record for record in sample_records()}
    assert "#c1714f" in picture_svg(records["tomo-mug-terracotta"])
    assert "#c1714f" not in picture_svg(records["tomo-mug-sage"])


def test_it_has_a_sign() -> None:
    for name in ("logo", "mark"):
        ElementTree.parse(FOLDER / f"{name}.svg")
        assert png_size(name)[1] == 400
