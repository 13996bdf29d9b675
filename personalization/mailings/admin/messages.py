"""Messages: who was written to, and the few nobody can be sure of."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib import messages as notes
from django.db.models import QuerySet
from django.http import HttpRequest

from omotenashi.accounts.admin_base import WorkspaceAdmin
from omotenashi.errors import OmotenashiError
from personalization.mailings.labels import MESSAGE, chip, said_by_relay
from personalization.mailings.models import Message
from personalization.mailings.services import confirm_delivered, send_again


@admin.register(Message)
class MessageAdmin(WorkspaceAdmin):
    write_action = "approve"
    list_display = ("address", "state_chip", "campaign", "locale", "attempts", "known", "sent_at")
    list_filter = ("state", "campaign")
    search_fields = ("address_normalized", "message_id_header")
    list_select_related = ("campaign",)
    fieldsets = (
        (None, {"fields": ("address", "customer", "campaign", "variant", "locale")}),
        ("What became of it", {"fields": ("state_chip", "known_all", "attempts")}),
        ("When", {"fields": ("not_before", "handed_over_at", "sent_at", "bounced_at", "complained_at")}),
        (
            "For the logs",
            {
                "fields": (
                    "message_id_header",
                    "idempotency_key",
                    "recommendation_id",
                    "copy_version_id",
                    "id",
                )
            },
        ),
    )
    actions = ("mark_delivered", "release")

    @admin.display(description="Address", ordering="address_normalized")
    def address(self, message: Message) -> str:
        return message.address_normalized

    @admin.display(description="State", ordering="state")
    def state_chip(self, message: Message) -> str:
        return chip(message.state, colours=MESSAGE)

    @admin.display(description="What is known")
    def known(self, message: Message) -> str:
        return said_by_relay(message.reason)[:120]

    @admin.display(description="What is known")
    def known_all(self, message: Message) -> str:
        return said_by_relay(message.reason)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A row is only looked at; what can be settled is settled in the list."""
        return obj is None and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="In doubt: the relay's log shows it was delivered", permissions=["change"])
    def mark_delivered(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._settle(request, queryset, step=confirm_delivered, done="Recorded as sent")

    @admin.action(
        description="In doubt: the relay's log proves it never took it, send again", permissions=["change"]
    )
    def release(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._settle(request, queryset, step=send_again, done="Will be sent again")

    @staticmethod
    def _settle(
        request: HttpRequest, queryset: QuerySet[Message], *, step: Callable[..., None], done: str
    ) -> None:
        for message in queryset:
            try:
                step(message, by=str(request.user))
            except OmotenashiError as error:
                notes.error(request, f"{message.address_normalized}: {error.detail}")
            else:
                notes.success(request, f"{message.address_normalized}: {done}.")
