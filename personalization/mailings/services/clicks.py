"""Links to products in a mail: they lead to the shop, and tell us that somebody came."""

from datetime import datetime

from omotenashi.catalog.models import Product
from omotenashi.errors import NotFound
from personalization.mailings.blocks import click_url
from personalization.mailings.engine.render import safe_url
from personalization.mailings.models import MailClick, Message
from personalization.models import Recommendation


def follow(message: Message, *, position: int, now: datetime | None) -> str:
    """The product's page as it is today, with the recommendation's id for the shop's events; the shop itself
    where the product or its page is gone. None as `now`: nothing is counted.

    Raises NotFound where the shop has no page either.
    """
    item = _shown(message, position=position)
    site = message.workspace.site_url
    page = safe_url(_page(message, product_id=str(item["product_id"])), base=site) if item else ""
    address = page or safe_url(site)
    if not address:
        raise NotFound("The page behind this link is gone.")
    if item and now is not None:
        row = MailClick(workspace=message.workspace, message=message, position=position, at=now)
        MailClick.objects.bulk_create([row], ignore_conflicts=True)
    return click_url(address, recommendation_id=message.recommendation_id)


def _shown(message: Message, *, position: int) -> dict[str, object] | None:
    if message.recommendation_id is None:
        return None
    rows = Recommendation.objects.filter(workspace_id=message.workspace_id, pk=message.recommendation_id)
    items = rows.values_list("items", flat=True).first() or []
    return next((item for item in items if item["position"] == position), None)


def _page(message: Message, *, product_id: str) -> str:
    rows = Product.objects.for_workspace(message.workspace).filter(external_id=product_id)
    return str(rows.values_list("url", flat=True).first() or "")
