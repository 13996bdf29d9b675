"""What the reader at an address asked for on the preference page. Leaving altogether is a Suppression."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from omotenashi.records import WorkspaceModel
from personalization.mailings.engine.preferences import Frequency, MailKind

KINDS = [
    (MailKind.NEWS.value, "News and stories"),
    (MailKind.OFFERS.value, "Offers"),
    (MailKind.PICKS.value, "Products chosen for the reader"),
    (MailKind.REMINDERS.value, "Time to buy again"),
]
FREQUENCIES = [(frequency.value, frequency.value.capitalize()) for frequency in Frequency]


class MailPreference(WorkspaceModel):
    address_normalized = models.CharField("address", max_length=254)
    declined_kinds = ArrayField(models.CharField(max_length=16, choices=KINDS), default=list, blank=True)
    frequency = models.CharField(max_length=16, choices=FREQUENCIES, default=Frequency.ANY.value)
    locale = models.CharField(max_length=35, blank=True, default="")
    """Empty: the language the shop knows."""

    class Meta:
        verbose_name = "mail preference"
        constraints = [
            # Also serves the question of each chunk: what did these addresses ask for?
            models.UniqueConstraint(
                fields=["workspace", "address_normalized"], name="mailpreference_once_per_address"
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=[frequency.value for frequency in Frequency]),
                name="mailpreference_frequency_known",
            ),
        ]

    def __str__(self) -> str:
        return self.address_normalized
