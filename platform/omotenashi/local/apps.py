"""The Django app that brings the commands `run` and `local`."""

from django.apps import AppConfig


class LocalAppConfig(AppConfig):
    name = "omotenashi.local"
    label = "local"
    verbose_name = "Local servers"
