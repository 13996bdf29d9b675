"""Products, facts and feeds."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "omotenashi.catalog"
    label = "catalog"
    verbose_name = "Catalogue"
    default_auto_field = "django.db.models.BigAutoField"
