"""Reserve, then settle: one row of the month decides, so no number of workers can write above its limit."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput
from omotenashi.jobs import RunningJob
from omotenashi.jobs.models import Job
from omotenashi.jobs.running import LeaseLost
from omotenashi.tokens.errors import BudgetBusy, BudgetSpent, JobBudgetSpent
from omotenashi.tokens.models import JobTokens, Reservation, TokenAccount

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Purse:
    """Who pays: a run of a job, up to a limit of its own, for a group such as a brief."""

    workspace: Workspace
    job_id: uuid.UUID
    lease_token: uuid.UUID
    limit: int | None = None
    group: str = ""

    @classmethod
    def of(cls, job: RunningJob, *, limit: int | None = None, group: str = "") -> "Purse":
        return cls(
            workspace=job.workspace, job_id=job.id, lease_token=job.lease_token, limit=limit, group=group
        )


def this_month() -> date:
    return timezone.now().date().replace(day=1)


def open_account(workspace: Workspace) -> TokenAccount:
    """The month's account; a new one has the limit of the one before."""
    accounts = TokenAccount.objects.for_workspace(workspace)
    account: TokenAccount | None = accounts.filter(month=this_month()).first()
    if account is None:
        earlier = accounts.order_by("-month").first()
        account, _ = TokenAccount.objects.get_or_create(
            workspace=workspace, month=this_month(), defaults={"limit": earlier.limit if earlier else None}
        )
    return account


@transaction.atomic
def set_limit(workspace: Workspace, *, tokens: int | None) -> TokenAccount:
    """How many tokens may be written this month and in those after; None is no limit."""
    account = TokenAccount.objects.select_for_update(of=("self",)).get(pk=open_account(workspace).pk)
    used = account.written + account.reserved
    if tokens is not None and tokens < used:
        detail = f"{used:,} tokens are written or reserved already this month: the limit cannot be below."
        raise InvalidInput(detail, errors=[FieldError("too_low", detail, "#/limit")])
    account.limit = tokens
    account.save(update_fields=["limit", "updated_at"])
    return account


@transaction.atomic
def reserve(purse: Purse, *, tokens: int) -> uuid.UUID:
    """Hold tokens for one call of the model, or say why not.

    1. Only the run that has the job's lease may ask; what an earlier run left behind is released.
    2. The job's own limit, then the month's: an UPDATE each, that finds its row only where there is room.
    3. The reservation remembers the lease, so that it can be released when the lease is over.
    """
    lease = Job.objects.filter(pk=purse.job_id, lease_token=purse.lease_token, state=Job.State.RUNNING)
    if not lease.exists():
        raise LeaseLost("The lease is over.")
    _release(Reservation.objects.filter(job_id=purse.job_id).exclude(lease_token=purse.lease_token))
    job = _job_tokens(purse)
    if not _hold(JobTokens.objects.filter(pk=job.pk), tokens=tokens):
        raise JobBudgetSpent(f"The job may write {job.limit} tokens; it has written {job.written}.")
    account = open_account(purse.workspace)
    if not _hold(TokenAccount.objects.filter(pk=account.pk), tokens=tokens):
        raise _refusal(account, needed=tokens)
    made: Reservation = Reservation.objects.create(
        account=account, job_id=purse.job_id, lease_token=purse.lease_token, tokens=tokens
    )
    return made.id


@transaction.atomic
def settle(reservation_id: uuid.UUID, *, written: int, read: int) -> None:
    """Exchange the reservation for what was really written. LeaseLost where it was released meanwhile."""
    held = Reservation.objects.filter(pk=reservation_id).first()
    if held is None or not Reservation.objects.filter(pk=held.pk).delete()[0]:
        raise LeaseLost("The reservation is released: another worker has the job.")
    if written > held.tokens:  # a server that ignores max_tokens
        log.warning("tokens_above_reservation", job=str(held.job_id), written=written, reserved=held.tokens)
    count = {
        "reserved": F("reserved") - held.tokens,
        "written": F("written") + min(written, held.tokens),
        "read": F("read") + read,
    }
    JobTokens.objects.filter(job_id=held.job_id).update(**count)
    TokenAccount.objects.filter(pk=held.account_id).update(**count, updated_at=timezone.now())


@transaction.atomic
def release(reservation_id: uuid.UUID) -> None:
    """Give back what a failed call had reserved. Twice is once."""
    _release(Reservation.objects.filter(pk=reservation_id))


@transaction.atomic
def release_dead() -> int:
    """Give back what is held for runs whose lease is over: their worker died, or another has the job."""
    mine = Q(job__lease_token=F("lease_token"), job__state=Job.State.RUNNING)
    alive = Reservation.objects.filter(mine, job__lease_expires_at__gte=timezone.now())
    return _release(Reservation.objects.exclude(pk__in=alive.values("pk")))


def _release(reservations: "QuerySet[Reservation]") -> int:
    """Whoever deletes the row gives its tokens back, so nobody gives them back twice."""
    released = 0
    for held in _in_order(reservations):
        if Reservation.objects.filter(pk=held.pk).delete()[0]:
            back = F("reserved") - held.tokens
            JobTokens.objects.filter(job_id=held.job_id).update(reserved=back)
            TokenAccount.objects.filter(pk=held.account_id).update(reserved=back, updated_at=timezone.now())
            released += 1
    return released


def _in_order(reservations: "QuerySet[Reservation]") -> Iterable[Reservation]:
    """By job, as every transaction takes the job's row before the month's: no two wait for each other."""
    return list(reservations.order_by("job_id", "pk"))


def _job_tokens(purse: Purse) -> JobTokens:
    found, _ = JobTokens.objects.get_or_create(
        job_id=purse.job_id, defaults={"limit": purse.limit, "group": purse.group}
    )
    return found


def _hold(row: "QuerySet[JobTokens] | QuerySet[TokenAccount]", *, tokens: int) -> bool:
    fits = Q(limit=None) | Q(limit__gte=F("written") + F("reserved") + tokens)
    return bool(row.filter(fits).update(reserved=F("reserved") + tokens))


def _refusal(account: TokenAccount, *, needed: int) -> BudgetSpent | BudgetBusy:
    account.refresh_from_db()
    if account.limit is not None and account.written + needed > account.limit:
        return BudgetSpent(account, needed=needed)
    return BudgetBusy(account)
