"""Feeds that are fetched from an address."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from omotenashi.accounts.admin_base import WorkspaceAdmin
from omotenashi.catalog.fetching import check_public
from omotenashi.catalog.models import Feed
from omotenashi.catalog.services import accept_url
from omotenashi.errors import OmotenashiError


class FeedForm(forms.ModelForm):
    class Meta:
        model = Feed
        fields = ("name", "kind", "url", "archive_missing")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_public(url)
        except OmotenashiError as error:
            raise forms.ValidationError(error.detail) from error
        return url


@admin.register(Feed)
class FeedAdmin(WorkspaceAdmin):
    form = FeedForm
    list_display = ("name", "kind", "url", "archive_missing")
    actions = ("fetch_now",)

    @admin.action(description="Fetch now", permissions=["change"])
    def fetch_now(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        for feed in queryset:
            self._fetch(request, feed)

    def _fetch(self, request: HttpRequest, feed: Any) -> None:
        try:
            accept_url(
                feed.workspace, url=feed.url, kind=feed.kind, dry_run=False,
                archive_others=feed.archive_missing, feed=feed,
            )  # fmt: skip
        except OmotenashiError as error:
            messages.error(request, f"{feed}: {error.detail}")
        else:
            messages.success(request, f"{feed} is being fetched: see Imports.")
