"""The workspace's frequency cap: one row, or none."""

from django.contrib import admin
from django.http import HttpRequest

from omotenashi.accounts.admin_base import WorkspaceAdmin
from omotenashi.accounts.sessions import current_workspace
from personalization.mailings.models import FrequencyCap


@admin.register(FrequencyCap)
class FrequencyCapAdmin(WorkspaceAdmin):
    fields = ("mails", "days")
    list_display = ("__str__", "updated_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The database holds one a workspace: who has it changes it."""
        workspace = current_workspace(request)
        if workspace is None or not super().has_add_permission(request):
            return False
        return not FrequencyCap.objects.for_workspace(workspace).exists()
