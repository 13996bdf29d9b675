"""Products and copy for one person's mail, for a shop that sends with a mailer of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from omotenashi.accounts.models import Workspace
from personalization.answers.serving import serve
from personalization.mailings.copies import Copy, copies_of
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.spreadsheet import link_with
from personalization.mailings.models import Campaign
from personalization.mailings.selectors import may_be_mailed
from personalization.models import Customer
from personalization.services.requests import RecommendationRequest

SOURCE = "omotenashi"


@dataclass(frozen=True)
class BlocksAsked:
    """`campaign`: whose copy, placement and number of products; else the ones named here."""

    placement: str = "email"
    count: int = 4
    locale: str = ""
    campaign: Campaign | None = None


def email_blocks(workspace: Workspace, *, customer: Customer, asked: BlocksAsked) -> dict[str, Any]:
    """Two small queries; the products are a kept answer for as long as nothing they stand on has changed."""
    locale = asked.locale or customer.locale or workspace.default_locale
    request = RecommendationRequest(
        workspace=workspace, placement=asked.placement, customer_id=customer.external_id,
        count=asked.count, locale=locale,
    )  # fmt: skip
    answer = orjson.loads(serve(request, started=perf_counter())) if asked.count else {"items": []}
    recommendation_id = answer.get("recommendation_id")
    copy = nearest(copies_of(asked.campaign).get("", {}), locale=locale) if asked.campaign else None
    return {
        "customer_id": customer.external_id,
        "locale": locale,
        "may_be_mailed": may_be_mailed(customer),
        "recommendation_id": recommendation_id,
        "products": [_product(item, recommendation_id=recommendation_id) for item in answer["items"]],
        "copy": copy_texts(copy) if copy else {},
    }


def copy_texts(copy: Copy) -> dict[str, str]:
    return {**copy.texts, "body": copy.html.get("body", "")}


def click_url(url: str, *, recommendation_id: object) -> str:
    """The shop's page hands `recommendation_id` on with its click and order events."""
    given = {"utm_source": SOURCE, "utm_medium": "email"}
    if recommendation_id:
        given["recommendation_id"] = str(recommendation_id)
    return link_with(url, **given)


def _product(item: Mapping[str, Any], *, recommendation_id: object) -> dict[str, Any]:
    properties = item["properties"]
    reasons = item.get("reasons") or [{}]
    return {
        "product_id": item["product_id"],
        "position": item["position"],
        "title": properties.get("title") or "",
        "price": properties.get("price"),
        "currency": properties.get("currency") or "",
        "url": click_url(str(properties.get("url") or ""), recommendation_id=recommendation_id),
        "image_url": properties.get("image_url") or "",
        "reason": reasons[0].get("text") or "",
    }
