"""The top layer: Celery, job handlers, and the commands that show the whole chain."""

from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "workers"
    label = "workers"
    verbose_name = "Workers"
