"""Which approved texts the mails of each variant carried, as the ledger says."""

from collections import defaultdict
from typing import Any

from content.models import Publication
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Campaign, Message

_HANDED_OVER = [MessageState.SENT, MessageState.IN_DOUBT]


def copy_carried(campaign: Campaign) -> dict[str, list[dict[str, Any]]]:
    """By variant. Two queries."""
    rows = Message.objects.filter(campaign=campaign, state__in=_HANDED_OVER, copy_version_id__isnull=False)
    pairs = set(rows.order_by().values_list("variant", "copy_version_id").distinct())
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if not pairs:
        return found
    texts = Publication.objects.filter(approval__in=[version for _, version in pairs])
    by_version = {own.version.pk: own for own in texts.select_related("approval__version").order_by("pk")}
    for variant, version in pairs:
        if text := by_version.get(version):
            found[variant].append({"version": version, "locale": text.locale, "title": text.headline})
    for own in found.values():
        own.sort(key=lambda text: (text["locale"], text["title"]))
    return found
