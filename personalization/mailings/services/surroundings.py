"""What is around a campaign: whether links lead anywhere, the sender's domain, how fast we send."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, Min
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.fetching import status_of
from omotenashi.catalog.models import ImportRun, Product
from omotenashi.errors import InvalidInput, Unavailable
from personalization.mailings.engine.addresses import domain_of
from personalization.mailings.engine.audit import Finding
from personalization.mailings.engine.domains import DomainRecords, check_domain
from personalization.mailings.engine.render import safe_url
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Campaign, Message

USUAL_RATE = 200.0
"""Mails a second where nothing was sent yet: a fraction of what one worker writes, as relays go."""
FRESH_DAYS = 7
VISIT_SECONDS = 5.0
MOST_VISITS = 20
"""Pages of the shop that are asked for; the others are only looked at."""


def look_around(campaign: Campaign, *, links: Iterable[str]) -> list[Finding]:
    return [
        *_links(campaign, links=links),
        *_age_of_offers(campaign.workspace),
        *_domain(campaign.workspace),
    ]


def usual_rate(workspace: Workspace) -> float:
    """Mails a second of the last campaign that is worth measuring."""
    sent = Message.objects.filter(campaign__in=_last_sent(workspace), state=MessageState.SENT)
    found = sent.aggregate(count=Count("id"), first=Min("sent_at"), last=Max("sent_at"))
    if found["count"] < 100:
        return USUAL_RATE
    seconds = (found["last"] - found["first"]).total_seconds()
    return max(0.1, float(found["count"] / seconds)) if seconds > 0 else USUAL_RATE


def _last_sent(workspace: Workspace) -> list[Campaign]:
    """Without waves or local hours, whose waiting is no slowness."""
    rows = Campaign.objects.for_workspace(workspace).filter(finished_at__isnull=False, wave_size=0)
    return list(rows.filter(by_local_time=False, by_best_hour=False).order_by("-finished_at")[:1])


def _links(campaign: Campaign, *, links: Iterable[str]) -> list[Finding]:
    site = campaign.workspace.site_url
    pages = {own: safe_url(own, base=site) for own in links}
    found = []
    if missing := sum(not page for page in pages.values()):
        detail = f"{missing:,} products have no page that is a web address. Mend their `link` in the feed."
        found.append(Finding("no_link", "warning", 0, detail, "#/placement"))
    if not safe_url(site):
        detail = f"{site!r} is no web address for the shop. Set one under Workspace."
        return [*found, Finding("no_site", "warning", 0, detail, "#/workspace/site_url")]
    own_host = urlsplit(site).hostname
    own = sorted(page for page in pages.values() if page and urlsplit(page).hostname == own_host)
    return [*found, *broken_links([site, *own[:MOST_VISITS]])]


def broken_links(urls: Iterable[str], *, allow_private: bool = False) -> list[Finding]:
    """A site that cannot be reached at all is one finding and not one for each page."""
    found: list[Finding] = []
    for url in dict.fromkeys(urls):
        try:
            status = status_of(url, seconds=VISIT_SECONDS, allow_private=allow_private)
        except (Unavailable, InvalidInput) as error:
            detail = f"Pages of the shop were not looked at: {error.detail}"
            return [*found, Finding("site_not_reached", "info", 0, detail, "#/workspace/site_url")]
        if status in (404, 410):
            detail = f"{url} is not there: the shop answers {status}. Mend the product, or take it out."
            found.append(Finding("broken_link", "error", 0, detail, f"#/links/{len(found)}"))
    return found


def _age_of_offers(workspace: Workspace) -> list[Finding]:
    """An equal row is not written again, so the feed's own runs count as well."""
    changed = Product.objects.for_workspace(workspace).aggregate(last=Max("updated_at"))["last"]
    read = ImportRun.objects.for_workspace(workspace).aggregate(last=Max("finished_at"))["last"]
    known = [moment for moment in (changed, read) if moment]
    if not known or (days := (timezone.now() - max(known)).days) < FRESH_DAYS:
        return []
    detail = f"Prices and stock were last heard of {days} days ago. Send the feed before you send the mail."
    return [Finding("stale_feed", "warning", 0, detail, "#/placement")]


def _domain(workspace: Workspace) -> list[Finding]:
    domain = domain_of(workspace.sender_email)
    if not domain:
        return []
    records = check_domain(domain, selector=settings.MAIL_DKIM_SELECTOR)
    return _findings_of(records, domain=domain)


def _findings_of(records: DomainRecords, *, domain: str) -> list[Finding]:
    pointer = "#/workspace/sender_email"
    if not records.was_reached:
        detail = f"No name server answered about {domain}: SPF, DKIM and DMARC were not looked at."
        return [Finding("domain_unknown", "info", 0, detail, pointer)]
    return [Finding(code, "warning", 0, detail, pointer) for code, detail in records.problems()]
