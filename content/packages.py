"""A publication as the world fetches it, and the ETag that names its present content."""

import hashlib
import json
from typing import Any

from content.models import Publication
from content.rendering import html_of
from content.seo import hreflang_of, json_ld_of, script_json


def package_of(publication: Publication) -> dict[str, Any]:
    version = publication.version
    brief = publication.draft.brief
    json_ld = json_ld_of(publication)
    return {
        "id": str(publication.pk),
        "brief_id": str(brief.pk),
        "draft_id": str(publication.draft_id),
        "version": version.number,
        "content_type": brief.content_type,
        "locale": publication.locale,
        "slug": publication.slug,
        "product_ids": [product.external_id for product in brief.ordered_products],
        "fields": {name: {"markdown": text, "html": html_of(text)} for name, text in version.texts.items()},
        "seo": {
            **publication.seo,
            "slug": publication.slug,
            "hreflang": hreflang_of(publication),
            "json_ld": json_ld,
            "json_ld_script": f'<script type="application/ld+json">{script_json(json_ld)}</script>',
            "digital_source_type": version.manifest.get("digital_source_type", "trainedAlgorithmicMedia"),
        },
        "published_at": publication.created_at,
    }


def etag_of(data: Any) -> str:  # Any: JSON
    body = json.dumps(data, sort_keys=True, default=str, ensure_ascii=False)
    return f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
