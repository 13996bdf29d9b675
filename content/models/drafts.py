"""A draft (a brief's text in one locale), its immutable versions, and what people said about them."""

from django.conf import settings
from django.db import models

from content.actors import Actor
from content.labels import in_reading_order
from content.models.brands import Guideline
from content.models.briefs import Brief
from content.transitions import DraftState
from omotenashi.records import WorkspaceModel


class Draft(WorkspaceModel):
    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="drafts")
    locale = models.CharField(max_length=35)
    state = models.CharField(max_length=16, choices=DraftState.choices, default=DraftState.QUEUED)
    failure = models.TextField(blank=True, default="")
    """Why it could not be written, with the remedy; empty unless the state is `failed`."""
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brief", "locale"], name="draft_once_per_locale"),
            models.CheckConstraint(
                condition=models.Q(state__in=DraftState.values), name="draft_has_a_known_state"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "-updated_at"], name="draft_by_state")
        ]  # the dashboard
        ordering = ["locale"]

    def __str__(self) -> str:
        return f"{self.brief} · {self.locale}"

    @property
    def latest(self) -> "Version | None":
        return self.versions.order_by("-number").first()


class Version(WorkspaceModel):
    """One text of a draft, as it was at one time. A trigger in the database refuses every change to it."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    fields = models.JSONField()
    findings = models.JSONField(default=list)
    claims = models.JSONField(default=list)
    manifest = models.JSONField(default=dict)
    error_count = models.PositiveIntegerField(default=0)
    """Findings of severity `error`, as a column, so that the database itself can refuse an approval."""
    guideline = models.ForeignKey(Guideline, null=True, on_delete=models.RESTRICT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    job_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 - NULL: written by a person
    """The job that wrote it: however often a job runs, it makes one version."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="version_number_once_per_draft"),
            models.UniqueConstraint(fields=["job_key"], name="version_once_per_job"),
        ]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.draft} · version {self.number}"

    @property
    def texts(self) -> dict[str, str]:
        """The fields in the order people read them: jsonb keeps none."""
        return in_reading_order(self.fields)


class Approval(WorkspaceModel):
    """A person's yes to one version. The database refuses it while the version has errors."""

    version = models.OneToOneField(Version, on_delete=models.RESTRICT, related_name="approval")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.RESTRICT, related_name="+")
    api_key = models.ForeignKey("accounts.ApiKey", null=True, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None, api_key__isnull=False)
                | models.Q(user__isnull=False, api_key=None),
                name="approval_has_one_who_answers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} approved by {self.by}"

    @property
    def by(self) -> str:
        return str(Actor(user=self.user, api_key=self.api_key))


class ChangeRequest(WorkspaceModel):
    """What an approver wants changed, said about one version."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="change_requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    comment = models.TextField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.comment
