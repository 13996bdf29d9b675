"""Token accounts: reserve before the model writes, settle after."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "omotenashi.tokens"
    label = "tokens"
    verbose_name = "Tokens"
