"""The sample catalogue as a Google Merchant text feed, for trying the importer."""

import csv
import io
from pathlib import Path

from omotenashi.sample_shop.catalogue import SITE_URL, FactRow, ProductRow, load_products

FEED = Path(__file__).parent / "feed.tsv"
COLUMNS = (
    "id", "title", "description", "link", "image_link", "availability", "quantity", "price", "brand", "mpn",
    "identifier_exists", "condition", "product_type", "item_group_id", "color", "material", "product_detail",
)  # fmt: skip


def feed_text(*, asset_url: str = SITE_URL) -> str:
    """All products, in English: the feed has no place for a second language."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, dialect="excel-tab", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_item(product) for product in load_products(asset_url=asset_url))
    return out.getvalue()


def _item(product: ProductRow) -> dict[str, str]:
    facts = [fact for fact in product["facts"] if fact["locale"] in {"", "en"}]
    texts = {fact["name"]: fact["value"] for fact in facts}
    return {
        "id": product["external_id"],
        "title": product["title"],
        "description": product["description"],
        "link": product["url"],
        "image_link": product["image_url"],
        "availability": "in_stock" if product["stock"] else "out_of_stock",
        "quantity": str(product["stock"]),
        "price": f"{product['price']} {product['currency']}",
        "brand": product["brand"],
        "mpn": product["sku"],
        "identifier_exists": "no",
        "condition": "new",
        "product_type": " > ".join(product["categories"]),
        "item_group_id": product["group_id"],
        "color": texts.get("colour", ""),
        "material": texts.get("material", ""),
        "product_detail": ",".join(filter(None, map(_detail, facts))),
    }


def _detail(fact: FactRow) -> str:
    """`section:name:value`; the format separates with commas and colons, so a text holding one stays out."""
    text = f"{fact['value']} {fact['unit']}".strip()
    if fact["name"] in {"colour", "material"} or set(text) & set(',:"'):
        return ""
    return f"Facts:{fact['name']}:{text}"


if __name__ == "__main__":
    FEED.write_text(feed_text(), encoding="utf-8")
