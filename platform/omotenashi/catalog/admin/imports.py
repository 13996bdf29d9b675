"""Imports: hand a feed in, and read what became of each row."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from omotenashi.accounts.admin_base import WorkspaceAdmin, current_workspace
from omotenashi.catalog.admin.inlines import IssueInline
from omotenashi.catalog.models import ImportRun
from omotenashi.catalog.services import accept_upload
from omotenashi.catalog.services.imports import MAX_UPLOAD_BYTES


class UploadForm(forms.ModelForm):
    file = forms.FileField(
        label="Feed", widget=UnfoldAdminFileFieldWidget, help_text="The file that your shop exports."
    )

    class Meta:
        model = ImportRun
        fields = ("kind", "dry_run", "archive_missing")
        labels = {"kind": "Format", "dry_run": "Only look", "archive_missing": "The feed is complete"}
        help_texts = {"archive_missing": "Products that are not in it leave the catalogue."}

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(f"A feed has {MAX_UPLOAD_BYTES // 1_000_000} MB at most. Split it.")
        return file


@admin.register(ImportRun)
class ImportRunAdmin(WorkspaceAdmin):
    list_display = (
        "source",
        "kind",
        "state_label",
        "read",
        "created",
        "updated",
        "unchanged",
        "left_out",
        "created_at",
    )
    list_filter = ("state", "kind")
    ordering = ("-id",)
    list_before_template = "catalog/imports_before.html"
    fields = (
        "source", "kind", "state", "note", "reasons_told", "read", "created", "updated", "unchanged",
        "left_out", "archived", "dry_run", "archive_missing", "created_at", "finished_at",
    )  # fmt: skip
    readonly_fields = fields

    def get_inlines(self, request: HttpRequest, obj: ImportRun | None) -> tuple[type[IssueInline], ...]:
        return (IssueInline,) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = UploadForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: ImportRun | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("file", "kind", "dry_run", "archive_missing")

    def get_readonly_fields(self, request: HttpRequest, obj: ImportRun | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        is_empty = not self.get_queryset(request).exists()
        context = {"nothing_imported": is_empty, "can_write": self.has_add_permission(request)}
        response: HttpResponse = super().changelist_view(request, {**context, **(extra_context or {})})
        return response

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ImportRun, form: Any, change: bool) -> None:
        from_form = form.cleaned_data
        workspace = current_workspace(request)
        assert workspace is not None  # has_add_permission asked
        run, _ = accept_upload(
            workspace,
            name=from_form["file"].name,
            content=from_form["file"].read(),
            kind=from_form["kind"],
            dry_run=from_form["dry_run"],
            archive_others=from_form["archive_missing"],
        )
        obj.pk, obj.workspace, obj.source = run.pk, workspace, run.source
        messages.info(request, "The import has begun. This page tells how it went once it has finished.")

    def response_add(
        self, request: HttpRequest, obj: ImportRun, post_url_continue: str | None = None
    ) -> HttpResponse:
        response: HttpResponse = self.response_post_save_add(request, obj)
        return response

    @display(  # type: ignore[untyped-decorator]  # unfold's
        description="state",
        ordering="state",
        label={"Failed": "danger", "Finished": "success", "Running": "info"},
    )
    def state_label(self, run: ImportRun) -> str:
        return run.get_state_display()

    @admin.display(description="what was found")
    def reasons_told(self, run: ImportRun) -> str:
        found = sorted(run.reasons.items(), key=lambda pair: -pair[1])
        return ", ".join(f"{code.replace('_', ' ')}: {count}" for code, count in found) or "nothing to remark"
