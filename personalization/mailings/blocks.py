"""Products and copy for one person's mail, for a shop that sends with a mailer of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from omotenashi.accounts.models import Workspace
from personalization.answers.serving import serve
from personalization.mailings.addressing import Reader, address
from personalization.mailings.approvals import refuse_taken_back
from personalization.mailings.arms import arms_of_campaign
from personalization.mailings.copies import Copy
from personalization.mailings.engine.spreadsheet import link_with
from personalization.mailings.models import Campaign
from personalization.mailings.rows import NO_CONSENT
from personalization.mailings.selectors import may_be_mailed
from personalization.models import Customer
from personalization.services.requests import RecommendationRequest

SOURCE = "omotenashi"


@dataclass(frozen=True)
class BlocksAsked:
    """`campaign`: whose variants, copy, placement and number of products; else the ones named here."""

    placement: str = "email"
    count: int = 4
    locale: str = ""
    campaign: Campaign | None = None


@dataclass(frozen=True)
class _Mail:
    """What one customer's mail is made of."""

    placement: str
    count: int
    locale: str
    may_be_mailed: bool
    copy: Copy | None = None
    variant: str = ""
    reason: str = ""


def email_blocks(workspace: Workspace, *, customer: Customer, asked: BlocksAsked) -> dict[str, Any]:
    """A few small queries; products are a kept answer for as long as nothing they stand on has changed."""
    mail = _mail(workspace, customer=customer, asked=asked)
    answer = _products(workspace, customer=customer, mail=mail)
    recommendation_id = answer.get("recommendation_id")
    return {
        "customer_id": customer.external_id,
        "locale": mail.locale,
        "may_be_mailed": mail.may_be_mailed,
        "reason": mail.reason,
        "variant": mail.variant,
        "recommendation_id": recommendation_id,
        "products": [_product(item, recommendation_id=recommendation_id) for item in answer["items"]],
        "copy": copy_texts(mail.copy) if mail.copy else {},
    }


def _mail(workspace: Workspace, *, customer: Customer, asked: BlocksAsked) -> _Mail:
    if asked.campaign:
        return _mail_of(asked.campaign, customer=customer, locale=asked.locale)
    locale = asked.locale or customer.locale or workspace.default_locale
    return _Mail(asked.placement, asked.count, locale, may_be_mailed(customer))


def _mail_of(campaign: Campaign, *, customer: Customer, locale: str) -> _Mail:
    """What this campaign would send them: their variant's copy and placement, or nothing and why.

    Raises Conflict where a text of the campaign was taken back.
    """
    refuse_taken_back(campaign)
    reader = Reader(customer.pk, customer.email or "", customer.locale, customer.time_zone)
    (own,) = address(campaign, readers=[reader])
    locale, reason = locale or own.locale, own.reason
    if not reason and not may_be_mailed(customer):
        reason = NO_CONSENT
    arm = arms_of_campaign(campaign).of(own.variant)
    if reason:  # nothing that is answered here may count as shown
        return _Mail(arm.placement, 0, locale, may_be_mailed=False, variant=own.variant, reason=reason)
    return _Mail(
        arm.placement, campaign.product_count, locale, may_be_mailed=True, copy=arm.copy(locale),
        variant=own.variant,
    )  # fmt: skip


def _products(workspace: Workspace, *, customer: Customer, mail: _Mail) -> dict[str, Any]:
    if not mail.count:
        return {"items": []}
    request = RecommendationRequest(
        workspace=workspace, placement=mail.placement, customer_id=customer.external_id, count=mail.count,
        locale=mail.locale,
    )  # fmt: skip
    answer: dict[str, Any] = orjson.loads(serve(request, started=perf_counter()))
    return answer


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
