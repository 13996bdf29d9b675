"""Django's entry for campaigns, messages and suppressions."""

from django.apps import AppConfig


class MailingsConfig(AppConfig):
    name = "personalization.mailings"
    label = "mailings"
    verbose_name = "Mailings"
    studio_panels = ("personalization.mailings.panels.mailings",)
