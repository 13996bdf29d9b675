"""The pre-flight over a campaign's whole audience: a job that writes every mail for nobody to read."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from omotenashi.jobs import Job, RunningJob, enqueue
from personalization.mailings.addressing import Reader, address
from personalization.mailings.checked import Examiner, Person
from personalization.mailings.engine.audit import Finding, Tally, findings_of
from personalization.mailings.engine.estimate import estimate
from personalization.mailings.engine.pacing import provider_of
from personalization.mailings.engine.states import CampaignState
from personalization.mailings.models import Campaign, PreflightRun
from personalization.mailings.preflight import preflight
from personalization.mailings.selectors import access_campaign, audience_of
from personalization.mailings.services.surroundings import look_around, usual_rate
from personalization.mailings.services.verdicts import CHECK, fingerprint_of
from personalization.mailings.transport import limits

CHUNK = 1_000
_PARTS = {"audience", "template", "placement"}
_CODES = {"invalid_subject", "invalid_preheader"}
"""Errors that are the same in every mail: to write a million of them says no more."""
_COLUMNS = (
    "pk", "external_id", "email", "locale", "time_zone", "first_name", "last_name", "country", "traits",
)  # fmt: skip


@transaction.atomic
def request_check(campaign: Campaign) -> Job:
    """One at a time for a campaign; asking again while it runs gives the same job."""
    key = str(campaign.pk)
    return enqueue(CHECK, workspace=campaign.workspace, unique_key=key, campaign_id=key)


def check_audience(job: RunningJob, *, campaign_id: str) -> dict[str, Any]:
    """
    1. The quick pre-flight: what is wrong for everyone alike.
    2. The audience by key, a chunk at a time: products for all, each mail written, what is wrong with it
       added up. Cursor and sums are kept with the job, so that a restarted worker goes on.
    3. What is around it: links, the sender's domain, how long it takes and what it costs.
    The report says of which campaign it is: one that was changed since counts as not looked at.
    """
    campaign = access_campaign(job.workspace, campaign_id=campaign_id)
    prefetch_related_objects([campaign], "variants")
    seen = fingerprint_of(campaign)
    quick = preflight(campaign)
    findings = [Finding(own.code, "error", 0, own.detail, own.pointer) for own in quick.errors]
    findings += [Finding(own.code, "warning", 0, own.detail, own.pointer) for own in quick.warnings]
    tally, examiner = Tally(), Examiner(campaign)
    if not any(own.code in _CODES or _PARTS & set(own.pointer.split("/")) for own in quick.errors):
        tally = _add_up(job, campaign=campaign, examiner=examiner)
        looked_at = tally.mails + tally.skipped.total()
        tally.skipped["no consent"] = max(0, audience_of(campaign, agrees=False).count() - looked_at)
        findings += findings_of(tally, product_count=campaign.product_count)
    findings += look_around(campaign, links=examiner.links)
    return _keep(campaign, job=job, seen=seen, findings=_once(findings), tally=tally)


def _add_up(job: RunningJob, *, campaign: Campaign, examiner: Examiner) -> Tally:
    kept = job.state
    tally, cursor = Tally.from_json(kept.get("tally", {})), kept.get("cursor")
    examiner.links |= set(kept.get("links", []))
    done = tally.mails + tally.skipped.total()
    total = audience_of(campaign).count()
    while True:
        customers = audience_of(campaign).order_by("pk")
        rows = list((customers.filter(pk__gt=cursor) if cursor else customers).values_list(*_COLUMNS)[:CHUNK])
        if not rows:
            return tally
        people = _writable(rows, campaign=campaign, tally=tally, made=done)
        for judged in examiner.judge(people, now=timezone.now()):
            tally.add(judged)
        tally.forget_small_providers()
        cursor, done = str(rows[-1][0]), done + len(rows)
        job.save_state(cursor=cursor, tally=tally.to_json(), links=sorted(examiner.links)[:2_000])
        job.report(done=min(done, total), total=total, message=f"Checking {campaign.name}")


def _writable(
    rows: Sequence[tuple[Any, ...]], *, campaign: Campaign, tally: Tally, made: int
) -> list[Person]:
    """Those who get a mail, in their language and their arm; the others are counted with the reason."""
    readers = [Reader(row[0], row[2] or "", row[3], row[4]) for row in rows]
    people = []
    for own, row in zip(address(campaign, readers=readers, made=made), rows, strict=True):
        if own.reason:
            tally.skip(own.reason)
            continue
        tally.providers[provider_of(own.address)] += 1
        first_name, last_name, country, traits = row[5:]
        people.append(
            Person(
                row[0], row[1], own.address, own.locale, own.variant, first_name, last_name, country,
                traits if isinstance(traits, dict) else {},
            )
        )  # fmt: skip
    return people


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """The quick look and the long one may find the same."""
    return list({(own.code, own.pointer): own for own in findings}.values())


def _keep(
    campaign: Campaign, *, job: RunningJob, seen: str, findings: Sequence[Finding], tally: Tally
) -> dict[str, Any]:
    guess = estimate(
        tally.mails, providers=tally.providers, rate=usual_rate(campaign.workspace), limits=limits(),
        wave_size=campaign.wave_size, wave_minutes=campaign.wave_minutes,
        cost_per_thousand=settings.MAIL_COST_PER_THOUSAND,
    )  # fmt: skip
    report = {
        "mails": tally.mails, "by_locale": dict(tally.locales), "by_variant": dict(tally.variants),
        "skipped": dict(tally.skipped),
        "largest_bytes": tally.largest_bytes, "findings": [asdict(own) for own in findings],
        "worst": tally.samples(), "seconds": guess.seconds, "cost": guess.cost,
    }  # fmt: skip
    is_blocking = any(own.severity == "error" for own in findings)
    PreflightRun.objects.create(
        workspace=campaign.workspace, campaign=campaign, job_id=job.id, fingerprint=seen, report=report,
        is_blocking=is_blocking, finished_at=timezone.now(),
    )  # fmt: skip
    if is_blocking:
        _hold(campaign, seen=seen, findings=findings)
    return {"mails": tally.mails, "is_blocking": is_blocking}


def _hold(campaign: Campaign, *, seen: str, findings: Sequence[Finding]) -> None:
    """scheduled → draft: it was scheduled while this went on, or before. What was changed since is let go."""
    campaign = access_campaign(campaign.workspace, campaign_id=campaign.pk)
    if fingerprint_of(campaign) != seen:
        return
    first = next(own for own in findings if own.severity == "error")
    scheduled = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.SCHEDULED)
    scheduled.update(state=CampaignState.DRAFT, notice=f"Not sent. {first.detail}", updated_at=timezone.now())
