"""Mail providers in the studio: the address to paste there, and the signing key to paste here."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from unfold.widgets import UnfoldAdminPasswordWidget

from omotenashi.accounts.admin_base import WorkspaceAdmin
from personalization.mailings.models import MailProvider


class MailProviderForm(forms.ModelForm):
    secret = forms.CharField(
        label="Signing secret",
        max_length=200,
        required=False,
        widget=UnfoldAdminPasswordWidget,
        help_text=MailProvider._meta.get_field("secret").help_text + " Left empty, the stored one stays.",
    )

    class Meta:
        model = MailProvider
        fields = ("provider", "secret", "counts_opens")

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip() or self.instance.secret
        if not secret:
            raise forms.ValidationError("Paste the signing key; without one nobody could trust a report.")
        return secret


@admin.register(MailProvider)
class MailProviderAdmin(WorkspaceAdmin):
    form = MailProviderForm
    write_action = "administer"
    list_display = ("__str__", "webhook_address", "counts_opens", "created_at")
    readonly_fields = ("webhook_address",)

    @admin.display(description="Webhook address")
    def webhook_address(self, provider: Any) -> str:
        """What to paste at the provider."""
        if provider.pk is None or provider.created_at is None:
            return "Save first."
        return f"{settings.PUBLIC_URL}/v1/mail-reports/{provider.pk}"
