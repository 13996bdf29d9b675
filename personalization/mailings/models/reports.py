"""Mail providers that report to us, and what they reported. A report counts once however often it comes."""

from django.db import models
from django.db.models import Q

from omotenashi.records import WorkspaceModel
from personalization.mailings.engine.providers import PROVIDERS
from personalization.mailings.engine.reports import ReportKind
from personalization.mailings.models.messages import Message

KINDS = [(kind.value, kind.value.capitalize()) for kind in ReportKind]


class MailProvider(WorkspaceModel):
    """One address for one provider's webhooks."""

    provider = models.CharField(max_length=20, choices=[(name, name.capitalize()) for name in PROVIDERS])
    secret = models.CharField(
        "signing secret",
        max_length=200,
        help_text="Mailgun: the HTTP webhook signing key. Resend: the signing secret, whsec_….",
    )
    counts_opens = models.BooleanField(
        default=False,
        help_text="Opens are counted by a hidden picture in each mail. Off unless you want them.",
    )

    class Meta:
        verbose_name = "mail provider"
        constraints = [
            models.CheckConstraint(
                condition=Q(provider__in=sorted(PROVIDERS)), name="mailprovider_provider_known"
            ),
            # HMAC with an empty key is a signature anyone can make.
            models.CheckConstraint(condition=~Q(secret=""), name="mailprovider_has_a_secret"),
        ]
        ordering = ["provider", "created_at"]

    def __str__(self) -> str:
        return str(self.get_provider_display())


class MailClick(WorkspaceModel):
    """The first click on one product of one mail, by the link in it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="clicks", db_index=False)
    position = models.PositiveSmallIntegerField()
    """In what was recommended."""
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="mailclick_counts_once"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.position}"


class MailReport(WorkspaceModel):
    provider = models.ForeignKey(MailProvider, on_delete=models.CASCADE, related_name="reports")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="reports")
    address_normalized = models.CharField("address", max_length=254)
    kind = models.CharField(max_length=16, choices=KINDS)
    at = models.DateTimeField()
    key = models.CharField(max_length=200)
    nonce = models.CharField(max_length=200, null=True)  # noqa: DJ001 - none is not the same none twice
    url = models.TextField(blank=True, default="")
    detail = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="mailreport_counts_once"),
            models.UniqueConstraint(fields=["provider", "nonce"], name="mailreport_nonce_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in ReportKind]), name="mailreport_kind_known"
            ),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.address_normalized} ({self.kind})"
