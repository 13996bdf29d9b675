"""Shopify's export: variants under a handle, HTML bodies, stock that is tracked or not."""

import pytest

from omotenashi.catalog.engine.rows import FactInput, UnreadableFeed
from tests.omotenashi.catalog.feeds import products, read

HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
    "Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,"
    "Image Src,Variant Image,Status\n"
)
APRON = (
    'apron,Linen apron,"<p>Soft.</p>\n<ul><li>washable</li></ul><script>alert(1)</script>",Tansu,Aprons,'
    '"linen, kitchen",'
    "true,Color,Blue,AP-1,400,shopify,7,deny,49.00,https://shop.example/a.jpg,,active\n"
    ",,,,,,,,Red,AP-2,400,shopify,0,deny,49.00,,https://shop.example/red.jpg,\n".replace(
        ",,,,,,,,Red", "apron,,,,,,,,Red"
    )
    + "apron,,,,,,,,,,,,,,,https://shop.example/c.jpg,,\n"
)


def shopify(body: str = APRON) -> bytes:
    return (HEADER + body).encode()


def test_it_makes_a_product_of_each_variant_under_one_group() -> None:
    blue, red = products(read("shopify-csv", shopify()))
    assert (blue.external_id, blue.title, blue.group_id) == ("AP-1", "Linen apron – Blue", "apron")
    assert (red.external_id, red.title, red.stock) == ("AP-2", "Linen apron – Red", 0)
    assert (blue.image_url, red.image_url) == ("https://shop.example/a.jpg", "https://shop.example/red.jpg")


def test_it_turns_the_html_body_into_text_without_scripts() -> None:
    text = products(read("shopify-csv", shopify()))[0].description
    assert "Soft." in text
    assert "washable" in text
    assert "<" not in text
    assert "alert" not in text


def test_it_takes_options_and_weight_as_facts() -> None:
    facts = products(read("shopify-csv", shopify()))[0].facts
    assert facts == (FactInput("Color", "Blue"), FactInput("weight", "400", "g", kind="number"))


def test_it_counts_no_stock_where_the_shop_sells_on() -> None:
    assert products(read("shopify-csv", shopify(APRON.replace("deny", "continue"))))[0].stock is None


def test_it_takes_a_draft_off_sale() -> None:
    assert not products(read("shopify-csv", shopify(APRON.replace(",active", ",draft"))))[0].available


def test_it_makes_a_stable_id_where_there_is_no_sku() -> None:
    ids = [
        row.external_id
        for row in products(read("shopify-csv", shopify(APRON.replace("AP-1", "").replace("Blue", "S/M"))))
    ]
    assert ids == ["apron:s-m", "AP-2"]


def test_it_names_missing_columns() -> None:
    with pytest.raises(UnreadableFeed, match="lacks the column Variant Price"):
        read("shopify-csv", b"Handle,Title\na,b\n")
