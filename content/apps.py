"""The content app: brands, briefs, drafts, approval and publishing."""

from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = "Content"
    studio_panels = ("content.admin.panels.drafts",)
