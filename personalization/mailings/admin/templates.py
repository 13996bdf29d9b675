"""Templates: saving the form makes a new version; the old ones stay as they were sent."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from omotenashi.accounts.admin_base import WorkspaceAdmin
from omotenashi.accounts.models import User
from omotenashi.errors import InvalidInput
from personalization.mailings.engine.render import TemplateSource
from personalization.mailings.models import MailTemplate
from personalization.mailings.services import save_template_version
from personalization.mailings.services.templates import check_source

_PER_LOCALE = 'One line of Liquid per locale, such as {"en": "Hello {{ customer.first_name }}"}.'


class MailTemplateForm(forms.ModelForm):
    mjml = forms.CharField(
        label="MJML with Liquid",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24, "spellcheck": "false"}),
        strip=False,
    )
    subject = forms.JSONField(help_text=_PER_LOCALE, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}))
    preheader = forms.JSONField(
        help_text=_PER_LOCALE, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5})
    )
    wording = forms.JSONField(
        help_text='Fixed phrases, such as {"en": {"greeting": "Dear {{ customer.first_name }},"}}.',
        required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 14}),
    )  # fmt: skip

    class Meta:
        model = MailTemplate
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = self.instance.latest if not self.instance._state.adding else None
        if newest:
            names = ("mjml", "subject", "preheader", "wording")
            self.initial.update({name: getattr(newest, name) for name in names})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            self._check_shapes(values)
        if not self.errors:
            try:
                check_source(source_of(values))
            except InvalidInput as error:
                self.add_error("mjml", [entry.detail for entry in error.errors])
        return values

    def _check_shapes(self, values: dict[str, Any]) -> None:
        for name in ("subject", "preheader"):
            if not _is_texts(values.get(name) or {}):
                self.add_error(name, f"Write an object. {_PER_LOCALE}")
        wording = values.get("wording") or {}
        if not isinstance(wording, dict) or not all(_is_texts(phrases) for phrases in wording.values()):
            self.add_error("wording", 'Write an object of objects, such as {"en": {"greeting": "Hello"}}.')


@admin.register(MailTemplate)
class MailTemplateAdmin(WorkspaceAdmin):
    form = MailTemplateForm
    list_display = ("name", "newest", "updated_at")
    search_fields = ("name",)

    @admin.display(description="version")
    def newest(self, template: MailTemplate) -> int:
        version = template.latest
        return version.number if version else 0

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: MailTemplate, form: forms.ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change or set(form.changed_data) - {"name"}:
            author = request.user if isinstance(request.user, User) else None
            save_template_version(obj, source=source_of(form.cleaned_data), created_by=author)


def source_of(values: dict[str, Any]) -> TemplateSource:
    return TemplateSource(
        mjml=values["mjml"],
        subject=values["subject"],
        preheader=values.get("preheader") or {},
        wording=values.get("wording") or {},
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
