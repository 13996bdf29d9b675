"""Studio page of work in progress: what runs, what failed and why, try again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from omotenashi.accounts.admin_base import WorkspaceAdmin
from omotenashi.errors import OmotenashiError
from omotenashi.jobs import services
from omotenashi.jobs.models import Job


@admin.register(Job)
class JobAdmin(WorkspaceAdmin):
    list_display = (
        "name",
        "state",
        "message",
        "progress",
        "tokens_written",
        "attempts",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "name")
    readonly_fields = tuple(field.name for field in Job._meta.fields)
    actions = ("try_again", "cancel")
    list_select_related = ("tokens",)

    @admin.display(description="progress")
    def progress(self, job: Job) -> str:
        return f"{job.done} of {job.total}" if job.total else ""

    @admin.display(description="tokens")
    def tokens_written(self, job: Job) -> str:
        tokens = getattr(job, "tokens", None)  # a row of another app, where a model has written for the job
        return f"{tokens.written:,}" if tokens else ""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._each(request, queryset, services.retry_failed)

    @admin.action(description="Cancel", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._each(request, queryset, services.cancel)

    def _each(self, request: HttpRequest, queryset: QuerySet[Job], act: Any) -> None:
        for job in queryset:
            try:
                act(job)
            except OmotenashiError as error:
                messages.error(request, f"{job}: {error.detail}")
