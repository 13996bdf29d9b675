"""What the pre-flight over the whole audience holds against a campaign, as long as that is unchanged."""

import hashlib
from typing import Any

import orjson

from omotenashi.jobs import Job
from personalization.mailings.models import Campaign, PreflightRun

CHECK = "mailings.check_audience"
VARIANT = ("name", "weight", "subject", "preheader", "placement")


def fingerprint_of(campaign: Campaign) -> str:
    """Of what the marketer decides. Customers and products change all the time; the sending looks."""
    copies = campaign.copies.order_by("variant", "locale").values_list("variant", "locale", "publication_id")
    variants = campaign.variants.order_by("name").values_list(*VARIANT)
    chosen = [
        campaign.template_version_id, campaign.audience, campaign.placement, campaign.product_count,
        campaign.kind, list(copies), list(variants), float(campaign.hold_out_percent), campaign.cap_mails,
        campaign.cap_days, campaign.workspace.sender_email,
    ]  # fmt: skip
    return hashlib.sha256(orjson.dumps(chosen, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


def latest_check(campaign: Campaign) -> PreflightRun | None:
    """The newest one of the campaign as it is now."""
    runs = PreflightRun.objects.filter(campaign=campaign, finished_at__isnull=False)
    found: PreflightRun | None = runs.filter(fingerprint=fingerprint_of(campaign)).first()
    return found


def blocking_findings(campaign: Campaign) -> list[dict[str, Any]]:
    """Those that keep it from being sent."""
    run = latest_check(campaign)
    findings = run.report.get("findings", []) if run and run.is_blocking else []
    return [own for own in findings if own["severity"] == "error"]


def running_check(campaign: Campaign) -> Job | None:
    jobs = Job.objects.filter(workspace=campaign.workspace, name=CHECK, unique_key=str(campaign.pk))
    found: Job | None = jobs.filter(state__in=Job.UNFINISHED).first()
    return found
