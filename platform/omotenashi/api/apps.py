"""What every REST endpoint shares: keys, problem details, paging, idempotency."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "omotenashi.api"
    label = "api"
    verbose_name = "REST interface"
