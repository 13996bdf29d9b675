"""Tansu & Thyme, a homeware shop that does not exist: catalogue, brand, briefs, history and pictures."""

from omotenashi.sample_shop.brand import guideline_rules, load_brand, load_briefs
from omotenashi.sample_shop.catalogue import SITE_URL, load_products

__all__ = ["SITE_URL", "guideline_rules", "load_brand", "load_briefs", "load_products"]
