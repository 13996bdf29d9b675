"""Long work, kept in PostgreSQL; Celery only rings the bell."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "omotenashi.jobs"
    label = "jobs"
    verbose_name = "Work in progress"
