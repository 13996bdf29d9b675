"""A publication as the world fetches it, and the ETag that names its present content."""

import hashlib
import json
from typing import Any

from content.engine.locales import profile
from content.models import Publication
from content.page_head import head_html, script_html
from content.rendering import html_of
from content.seo import hreflang_of
from content.social_cards import cards_of
from content.structured_data import main_node, nodes_of


def package_of(publication: Publication) -> dict[str, Any]:
    version = publication.version
    brief = publication.draft.brief
    return {
        "id": str(publication.pk),
        "brief_id": str(brief.pk),
        "draft_id": str(publication.draft_id),
        "version": version.number,
        "content_type": brief.content_type,
        "locale": publication.locale,
        "direction": profile(publication.locale).direction,
        "slug": publication.slug,
        "product_ids": [product.external_id for product in brief.ordered_products],
        "fields": {name: {"markdown": text, "html": html_of(text)} for name, text in version.texts.items()},
        "seo": {
            **seo_of(publication),
            "digital_source_type": version.manifest.get("digital_source_type", "trainedAlgorithmicMedia"),
        },
        "published_at": publication.created_at,
    }


def seo_of(publication: Publication) -> dict[str, Any]:
    """The search package: what was fixed when it was published, and what follows from the shop of today."""
    hreflang, nodes = hreflang_of(publication), nodes_of(publication)
    cards = cards_of(publication, alternates=_other_locales(publication))
    return {
        **publication.seo,
        "slug": publication.slug,
        "hreflang": hreflang,
        "cards": [{"property": name, "content": content} for name, content in cards],
        "json_ld": main_node(publication),
        "structured_data": nodes,
        "json_ld_script": script_html(nodes),
        "head_html": head_html(
            title=publication.headline, description=publication.seo["meta_description"],
            canonical=publication.seo["canonical"], hreflang=hreflang, cards=cards, nodes=nodes,
        ),
    }  # fmt: skip


def _other_locales(publication: Publication) -> list[str]:
    drafts = publication.draft.brief.drafts.all()
    live = {row.locale for draft in drafts for row in draft.live_publications}  # type: ignore[attr-defined]  # prefetched
    return sorted(live - {publication.locale})


def etag_of(data: Any) -> str:  # Any: JSON
    body = json.dumps(data, sort_keys=True, default=str, ensure_ascii=False)
    return f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
