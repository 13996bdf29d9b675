"""The tables of token accounting. The database itself refuses an account above its limit."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q

from omotenashi.records import UUIDModel, WorkspaceModel


class Counts(models.Model):
    """What both an account and a job count. Only written tokens, and those reserved for it, have a limit."""

    limit = models.BigIntegerField(null=True, blank=True, help_text="Tokens to write; empty is no limit.")
    written = models.BigIntegerField(default=0)
    """Tokens the model wrote, those of rejected candidates included."""
    reserved = models.BigIntegerField(default=0)
    """Held for requests under way: what they could write at most."""
    read = models.BigIntegerField(default=0)
    """Tokens of prompts."""

    class Meta:
        abstract = True

    @property
    def left(self) -> int | None:
        return None if self.limit is None else self.limit - self.written - self.reserved


def _within_limit(name: str) -> models.CheckConstraint:
    within = Q(limit=None) | Q(limit__gte=F("written") + F("reserved"))
    return models.CheckConstraint(condition=within & Q(reserved__gte=0), name=name)


class TokenAccount(WorkspaceModel, Counts):
    """One workspace in one month, UTC. A new month takes over the limit of the one before."""

    month = models.DateField(editable=False)
    """Its first day."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "month"], name="token_account_once_per_month"),
            _within_limit("token_account_within_limit"),
        ]
        ordering = ["-month"]
        verbose_name = "month"

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"

    @property
    def ends_on(self) -> date:
        year, month = divmod(self.month.year * 12 + self.month.month, 12)
        return date(year, month + 1, 1)


class JobTokens(UUIDModel, Counts):
    """What one job has cost so far, over all its runs."""

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="tokens")
    group = models.CharField(max_length=80, blank=True, default="", db_index=True)
    """What the job is a part of, such as a brief: its page adds up the jobs of one group."""

    class Meta:
        constraints = [_within_limit("job_tokens_within_limit")]

    def __str__(self) -> str:
        return f"{self.written} written, {self.read} read"


class Reservation(UUIDModel):
    """Tokens held for one call of a model, as long as the job's lease is the one that asked for them."""

    account = models.ForeignKey(TokenAccount, on_delete=models.CASCADE, related_name="reservations")
    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="+")
    lease_token = models.UUIDField()
    tokens = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects: Any = models.Manager()  # Any: typed like the tables of workspaces

    def __str__(self) -> str:
        return f"{self.tokens} tokens for {self.job_id}"
