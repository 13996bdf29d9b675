"""The studio app: templates and static files of the shell."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "omotenashi.studio"
    label = "studio"
