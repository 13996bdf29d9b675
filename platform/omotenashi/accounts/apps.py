"""Users, workspaces and API keys."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "omotenashi.accounts"
    label = "accounts"
    verbose_name = "People and keys"
    default_auto_field = "django.db.models.BigAutoField"
