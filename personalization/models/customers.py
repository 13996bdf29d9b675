"""Who buys: customers, the anonymous ids that turned out to be theirs, and their consents."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from omotenashi.records import WorkspaceModel, WorkspaceQuerySet


def normalize_email(email: str) -> str:
    return email.strip().lower()


class CustomerQuerySet(WorkspaceQuerySet):
    def consented(self, *, channel: str = "email") -> Self:
        """Those whose latest word on the channel is yes."""
        latest = Consent.objects.filter(customer=OuterRef("pk"), channel=channel).order_by("-at", "-id")
        return self.annotate(latest_consent=Subquery(latest.values("granted")[:1])).filter(
            latest_consent=True
        )


class Customer(WorkspaceModel):
    """One shopper, known by the shop's own id."""

    external_id = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, null=True, blank=True)  # noqa: DJ001 - no address is not an empty address
    email_normalized = models.CharField(max_length=254, blank=True, default="", editable=False)
    first_name = models.CharField(max_length=120, blank=True, default="")
    last_name = models.CharField(max_length=120, blank=True, default="")
    locale = models.CharField(
        max_length=35, blank=True, default="", help_text="Language tag, such as de or ja-JP."
    )
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1 code, such as DE.")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    traits = models.JSONField(default=dict, blank=True)

    objects: ClassVar[Any] = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also serves each look-up of a customer by the shop's id.
            models.UniqueConstraint(fields=["workspace", "external_id"], name="customer_external_id_unique"),
            models.CheckConstraint(condition=~Q(external_id=""), name="customer_external_id_not_empty"),
        ]
        indexes = [
            # Serves the search by address in the studio and the mailings' suppression check.
            models.Index(fields=["workspace", "email_normalized"], name="customer_by_email"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.external_id

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CustomerAlias(WorkspaceModel):
    """An anonymous visitor's id that is now known to be a customer's."""

    anonymous_id = models.CharField(max_length=200)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name_plural = "customer aliases"
        constraints = [
            # Serves "whose visitor id is this?", asked for each anonymous event.
            models.UniqueConstraint(fields=["workspace", "anonymous_id"], name="alias_anonymous_id_unique"),
        ]

    def __str__(self) -> str:
        return self.anonymous_id


class Consent(WorkspaceModel):
    """One yes or no, never changed afterwards: the latest one counts."""

    class Channel(models.TextChoices):
        EMAIL = "email", "Email"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.EMAIL)
    granted = models.BooleanField()
    source = models.CharField(
        max_length=120, help_text="Where it was given, such as checkout or preference page."
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # Serves "the latest word of this customer", asked for each recipient of a mailing.
            models.Index(fields=["customer", "channel", "-at", "-id"], name="consent_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {'yes' if self.granted else 'no'}"
