"""The demo's stages: what a shop, a marketer or the night would do. Each can be done twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import Count, Q

from content.models import Brief, Draft
from content.sample import create_sample_briefs, load_sample_brand
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Fact, Product, ProductVector
from omotenashi.jobs import enqueue
from omotenashi.jobs.models import Job
from omotenashi.sample_shop import load_products
from personalization.mailings.models import Campaign, Message
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services import schedule
from personalization.models import Customer, Event, Order
from personalization.sample import load_sample_history
from workers.demo.console import Console
from workers.demo.rest import call
from workers.demo.waiting import wait_for_jobs, wait_until

SEED = 4
CAMPAIGN = "A first letter"
_MINUTES = 60.0


def send_catalogue(workspace: Workspace, *, web_url: str, key: str) -> None:
    """As a shop's server would: PUT /v1/products."""
    answer = call(
        f"{web_url}/v1/products", key=key, body={"products": load_products(asset_url=web_url)}, method="PUT"
    )
    failed = [row for row in answer["results"] if row["status"] == "error"]
    if failed:
        raise LookupError(f"The sample catalogue was refused: {failed[:3]}")


def file_briefs(workspace: Workspace) -> Brief:
    """The first sample brief: a product description in each language. Its drafts go to the GPU worker."""
    load_sample_brand(workspace)
    filed = Brief.objects.filter(workspace=workspace).order_by("created_at").first()
    return filed or create_sample_briefs(workspace, limit=1)[0]


def load_history(workspace: Workspace) -> None:
    if not Customer.objects.for_workspace(workspace).exists():
        today = datetime.combine(datetime.now(UTC).date(), time.min, tzinfo=UTC)
        load_sample_history(workspace, seed=SEED, until=today)


def learn(workspace: Workspace, *, console: Console) -> None:
    """Text vectors must be there before customers' vectors can be made of them."""
    embedding = Job.objects.filter(
        workspace=workspace, name="catalog.embed_products", state__in=Job.UNFINISHED
    )
    wait_for_jobs(list(embedding), console=console, seconds=10 * _MINUTES)
    job = enqueue("personalization.learn", workspace=workspace, unique_key="learn")
    wait_for_jobs([job], console=console, seconds=10 * _MINUTES)


def regular_customer(workspace: Workspace) -> Customer:
    """An English-reading customer with a long history: someone whose list can be judged by eye."""
    customers = Customer.objects.for_workspace(workspace).filter(
        locale__startswith="en", consents__granted=True
    )
    found: Customer = customers.annotate(times=Count("orders", distinct=True)).order_by(
        "-times", "external_id"
    )[0]
    return found


def recommend(customer: Customer, *, web_url: str, key: str) -> dict[str, Any]:
    """As a shop's page would: POST /v1/recommendations."""
    body = {"customer_id": customer.external_id, "placement": "home", "count": 3}
    answer: dict[str, Any] = call(
        f"{web_url}/v1/recommendations", key=key, body={**body, "context": {"locale": customer.locale}}
    )
    return answer


def wait_for_drafts(brief: Brief, *, console: Console) -> Sequence[Draft]:
    brief.refresh_from_db()
    if brief.job is not None:
        wait_for_jobs([brief.job], console=console, seconds=1 * _MINUTES)
    drafts = list(Draft.objects.filter(brief=brief).select_related("job"))
    wait_for_jobs([draft.job for draft in drafts if draft.job], console=console, seconds=10 * _MINUTES)
    return list(Draft.objects.filter(brief=brief).order_by("locale"))


def send_mailing(workspace: Workspace, *, console: Console) -> Campaign:
    """Schedules the campaign for now; the scheduler and the batch and mail workers do the rest."""
    campaign = Campaign.objects.filter(workspace=workspace, name=CAMPAIGN).first()
    if campaign is None:
        campaign = schedule(create_sample_campaign(workspace, name=CAMPAIGN))

    def is_sent() -> bool:
        campaign.refresh_from_db()
        sent = Message.objects.filter(campaign=campaign, state="sent").count()
        console.progress(f"{campaign.get_state_display()} · {sent} mails sent")
        return campaign.finished_at is not None

    wait_until(is_sent, what="the mailing is sent", seconds=4 * _MINUTES)
    console.end_progress()
    return campaign


def counts(workspace: Workspace) -> dict[str, int]:
    def rows(model: Any) -> int:
        return int(model.objects.filter(workspace=workspace).count())

    return {
        "products": rows(Product),
        "facts": rows(Fact),
        "text vectors": rows(ProductVector),
        "customers": rows(Customer),
        "orders": rows(Order),
        "events": rows(Event),
    }


def mail_counts(campaign: Campaign) -> dict[str, int]:
    states = (
        Message.objects.filter(campaign=campaign).values("state").annotate(number=Count("pk", filter=Q()))
    )
    return {row["state"]: row["number"] for row in states}
