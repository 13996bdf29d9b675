"""Mailings."""

from django.apps import AppConfig


class MailingsConfig(AppConfig):
    name = "personalization.mailings"
    label = "mailings"
