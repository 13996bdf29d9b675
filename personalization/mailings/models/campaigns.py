"""A campaign: one template and its copy, for one audience, at one time. States: `engine/states.py`."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from content.models import Brief, Publication
from omotenashi.records import WorkspaceModel
from personalization.mailings.engine.lines import Part, Subject
from personalization.mailings.engine.plan import PLANNED, SendingPlan
from personalization.mailings.engine.preferences import MailKind
from personalization.mailings.engine.quiet import QuietHours
from personalization.mailings.engine.states import CampaignState
from personalization.mailings.models.preferences import KINDS
from personalization.mailings.models.templates import MailTemplateVersion

STATES = [(state.value, state.value.replace("_", " ").capitalize()) for state in CampaignState]


class Campaign(WorkspaceModel):
    name = models.CharField(max_length=120)
    template_version = models.ForeignKey(
        MailTemplateVersion, on_delete=models.PROTECT, related_name="campaigns"
    )
    audience = models.JSONField(
        default=dict,
        blank=True,
        help_text='Who receives it, for example {"expression": "country == \\"DE\\" and orders >= 2"}. '
        "Empty: everyone who agreed to mail.",
    )
    kind = models.CharField(
        max_length=16,
        choices=KINDS,
        default=MailKind.NEWS.value,
        help_text="What it is to its reader, who can leave one kind of mail and keep the others.",
    )
    hold_out_percent = models.FloatField(
        "hold-out",
        default=0.0,
        help_text="Percent of the audience who get no mail, so that the report can say what the mailing "
        "brought. The same people whenever it is drawn.",
    )
    cap_mails = models.PositiveSmallIntegerField(
        "at most mails",
        null=True,
        blank=True,
        help_text="Of all campaigns together, this one included. Empty: as the workspace says; 0: no limit.",
    )
    cap_days = models.PositiveSmallIntegerField("in days", default=7)
    winner = models.CharField(max_length=40, blank=True, default="", editable=False)
    """The variant that all mails not yet begun carry since `decided_at`."""
    winner_rule = models.CharField(
        "winner by",
        max_length=10,
        choices=[("", "By hand"), ("clicks", "Most clicks"), ("orders", "Most orders")],
        blank=True,
        default="",
        help_text="By rule: as soon as one variant is surely better, the mails that wait get it.",
    )
    attribution_days = models.PositiveSmallIntegerField(
        default=7, help_text="An order counts for the last mail before it, when it comes within so many days."
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    placement = models.CharField(
        max_length=60, default="email", help_text="Placement that fills the product slots."
    )
    product_count = models.PositiveSmallIntegerField(default=4, help_text="Products per mail; 0 for none.")
    scheduled_at = models.DateTimeField(null=True, blank=True)
    by_local_time = models.BooleanField(
        default=False,
        help_text="Send at this hour of each recipient's own clock; the hour is read in the workspace's.",
    )
    by_best_hour = models.BooleanField(
        default=False,
        help_text="Send within a day of this hour, when each recipient is most likely to look.",
    )
    quiet_from = models.TimeField(
        null=True, blank=True, help_text="From this hour of each recipient's own clock no mail goes out."
    )
    quiet_until = models.TimeField(
        null=True, blank=True, help_text="Until this hour; it may be on the next day."
    )
    wave_size = models.PositiveIntegerField(
        default=0, help_text="Send in waves of so many mails; 0 sends without a break."
    )
    wave_minutes = models.PositiveSmallIntegerField(
        default=60, help_text="Minutes from the start of one wave to the next."
    )
    max_bounce_percent = models.FloatField(
        default=5.0, help_text="Pause when more of the mails bounce: an old list harms the sender's name."
    )
    max_complaint_percent = models.FloatField(
        default=0.3, help_text="Pause when more recipients complain; mailbox providers block above 0.3."
    )
    state = models.CharField(max_length=16, choices=STATES, default=CampaignState.DRAFT, editable=False)
    notice = models.TextField(blank=True, default="", editable=False)
    """What the operator should know, for example why it was paused; empty when all is well."""
    prepare_cursor = models.UUIDField(null=True, editable=False)
    """The last customer who has a message row: preparation goes on from here."""
    prepared_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    series = models.ForeignKey(
        "mailings.CampaignSeries",
        null=True,
        on_delete=models.SET_NULL,
        related_name="campaigns",
        editable=False,
    )
    occurs_at = models.DateTimeField(null=True, editable=False)
    """Which time of its series this is."""
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in CampaignState]), name="campaign_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=CampaignState.SCHEDULED) | Q(scheduled_at__isnull=False),
                name="campaign_scheduled_has_a_time",
            ),
            models.CheckConstraint(condition=Q(product_count__lte=24), name="campaign_product_count_sane"),
            models.CheckConstraint(
                condition=Q(max_bounce_percent__gt=0, max_complaint_percent__gt=0),
                name="campaign_stops_above_zero",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in MailKind]), name="campaign_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="campaign_quiet_hours_whole",
            ),
            # However many schedulers run, each time of a series is one campaign.
            models.UniqueConstraint(fields=["series", "occurs_at"], name="campaign_once_per_occurrence"),
            models.CheckConstraint(
                condition=Q(hold_out_percent__gte=0, hold_out_percent__lte=90), name="campaign_hold_out_sane"
            ),
            models.CheckConstraint(
                condition=Q(cap_days__gte=1, cap_days__lte=365), name="campaign_cap_days_sane"
            ),
            models.CheckConstraint(
                condition=Q(attribution_days__gte=1, attribution_days__lte=90),
                name="campaign_attribution_days_sane",
            ),
        ]
        indexes = [
            # Serves the tick: what is due, what is unfinished.
            models.Index(fields=["state", "scheduled_at"], name="campaign_by_state"),
        ]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def quiet_hours(self) -> QuietHours | None:
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return QuietHours(self.quiet_from, self.quiet_until)

    @property
    def sending_plan(self) -> SendingPlan:
        return SendingPlan(**{name: getattr(self, name) for name in PLANNED})

    @property
    def is_editable(self) -> bool:
        return self.state == CampaignState.DRAFT


class CampaignCopy(WorkspaceModel):
    """The approved text a campaign carries in one locale, or one of its variants."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="copies")
    variant = models.CharField(
        max_length=20,
        blank=True,
        default="",
        help_text="Name of the variant that carries it. Empty: all that have none of their own.",
    )
    locale = models.CharField(max_length=35)
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "copy"
        verbose_name_plural = "copy"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "variant", "locale"], name="campaigncopy_once_per_locale"
            )
        ]
        ordering = ["variant", "locale"]

    def __str__(self) -> str:
        return f"{self.variant} {self.locale}: {self.publication}".strip()


class CampaignVariant(WorkspaceModel):
    """One arm of a test within a campaign. What it leaves open is the campaign's own."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants")
    name = models.SlugField(max_length=20, help_text="Short, such as a or question.")
    weight = models.PositiveSmallIntegerField(default=1, help_text="Its share relative to the others.")
    subject = models.JSONField(
        default=dict,
        blank=True,
        help_text='Locale to a line of Liquid, such as {"en": "Tea?"}. Empty: the template\'s.',
    )
    preheader = models.JSONField(
        default=dict, blank=True, help_text="Likewise, what the inbox shows after the subject."
    )
    placement = models.CharField(
        max_length=60,
        blank=True,
        default="",
        help_text="Placement that fills its slots. Empty: the campaign's.",
    )
    brief = models.ForeignKey(Brief, null=True, on_delete=models.RESTRICT, related_name="+", editable=False)
    """Its lines were written for this brief; empty: a person's own."""
    brief_line = models.PositiveSmallIntegerField(null=True, editable=False)
    """Which of the brief's lines, from 1 on."""

    class Meta:
        verbose_name = "variant"
        constraints = [
            models.CheckConstraint(
                condition=Q(brief__isnull=True, brief_line__isnull=True)
                | Q(brief__isnull=False, brief_line__gte=1),
                name="campaignvariant_line_of_a_brief",
            ),
            models.UniqueConstraint(fields=["campaign", "name"], name="campaignvariant_name_once"),
            # These names mean something else in a message's `variant`.
            models.CheckConstraint(
                condition=~Q(name__in=["main", "hold-out"]), name="campaignvariant_name_free"
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> Subject:
        """As a key of compiled templates."""
        parts: dict[Part, dict[str, str]] = {"subject": self.subject, "preheader": self.preheader}
        return tuple((part, *own) for part, lines in parts.items() for own in sorted(lines.items()))


class CampaignBrief(WorkspaceModel):
    """A brief that asks for a campaign's subject lines; the newest one counts."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="briefs")
    brief = models.OneToOneField(Brief, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.brief}"


class FrequencyCap(WorkspaceModel):
    """How much mail one address gets at most, over all campaigns that do not say otherwise."""

    mails = models.PositiveSmallIntegerField("at most mails")
    days = models.PositiveSmallIntegerField("in days", default=7)

    class Meta:
        verbose_name = "frequency cap"
        constraints = [
            models.UniqueConstraint(fields=["workspace"], name="frequencycap_one_a_workspace"),
            models.CheckConstraint(
                condition=Q(mails__gte=1, days__gte=1, days__lte=365), name="frequencycap_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mails} in {self.days} days"
