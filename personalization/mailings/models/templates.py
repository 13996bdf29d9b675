"""How a mail looks: a template and its versions, which never change once they are saved."""

from django.conf import settings
from django.db import models

from omotenashi.records import WorkspaceModel
from personalization.mailings.engine.render import TemplateSource


class MailTemplate(WorkspaceModel):
    name = models.CharField(max_length=120)

    class Meta:
        verbose_name = "template"
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="mailtemplate_name_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def latest(self) -> "MailTemplateVersion | None":
        return self.versions.order_by("-number").first()


class MailTemplateVersion(WorkspaceModel):
    """One layout with its words. A trigger in the database refuses every change to it."""

    template = models.ForeignKey(MailTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    mjml = models.TextField(help_text="MJML with Liquid in it.")
    subject = models.JSONField(help_text="Locale to a line of Liquid.")
    preheader = models.JSONField(default=dict, blank=True, help_text="Locale to a line of Liquid.")
    wording = models.JSONField(
        default=dict, blank=True, help_text="Locale to fixed phrases, reached as wording.NAME in the MJML."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "template version"
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="mailtemplateversion_number_once")
        ]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.template} · version {self.number}"

    @property
    def source(self) -> TemplateSource:
        return TemplateSource(
            mjml=self.mjml, subject=self.subject, preheader=self.preheader, wording=self.wording
        )
