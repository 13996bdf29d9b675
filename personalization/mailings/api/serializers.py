"""The shapes of campaigns over REST."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from omotenashi.catalog.api.serializers import JobLinkSerializer
from personalization.mailings.engine.plan import LONGEST_WAVE_MINUTES, PLANNED
from personalization.mailings.engine.preferences import MailKind
from personalization.mailings.models import Campaign, CampaignSeries, CampaignVariant


class VariantSerializer(serializers.ModelSerializer[CampaignVariant]):
    copy = serializers.SerializerMethodField(help_text="Locale to the publication it carries instead.")

    class Meta:
        model = CampaignVariant
        fields = ("name", "weight", "subject", "preheader", "placement", "copy")

    def get_copy(self, variant: CampaignVariant) -> dict[str, str]:
        copies = variant.campaign.copies.all()  # with the campaign's own rows: nothing is asked again
        return {row.locale: str(row.publication_id) for row in copies if row.variant == variant.name}


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    template_version = serializers.UUIDField(source="template_version_id")
    template = serializers.CharField(source="template_version.template.name")
    copy = serializers.SerializerMethodField(help_text="Locale to the id of the publication it carries.")
    variants = VariantSerializer(many=True)
    repeats = serializers.SerializerMethodField(help_text="The rule in words; empty: it does not repeat.")
    next_at = serializers.SerializerMethodField(help_text="When its next copy is due.")

    class Meta:
        model = Campaign
        fields = (
            "id", "name", "kind", "state", "notice", "template", "template_version", "audience", "copy",
            "placement", "product_count", *PLANNED, "repeats", "next_at", "started_at", "finished_at",
            "created_at", "hold_out_percent", "cap_mails", "cap_days", "attribution_days", "winner_rule",
            "winner", "variants",
        )  # fmt: skip

    def get_copy(self, campaign: Campaign) -> dict[str, str]:
        return {row.locale: str(row.publication_id) for row in campaign.copies.all() if not row.variant}

    def get_repeats(self, campaign: Campaign) -> str:
        series = _repeating(campaign)
        return series.rule if series else ""

    def get_next_at(self, campaign: Campaign) -> datetime | None:
        series = _repeating(campaign)
        return series.next_at if series else None


def _repeating(campaign: Campaign) -> CampaignSeries | None:
    series: CampaignSeries | None = getattr(campaign, "repeats", None)  # none where it never repeated
    return series if series and series.next_at else None


class VariantInputSerializer(serializers.Serializer[Any]):
    name = serializers.SlugField(max_length=20)
    weight = serializers.IntegerField(min_value=0, max_value=1_000, default=1)
    subject = serializers.DictField(child=serializers.CharField(max_length=500), required=False)
    preheader = serializers.DictField(child=serializers.CharField(max_length=500), required=False)
    placement = serializers.SlugField(max_length=60, required=False, allow_blank=True)
    copy = serializers.DictField(
        child=serializers.UUIDField(),
        required=False,
        help_text="Locale to a publication that it carries instead of the campaign's.",
    )


class CampaignInputSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=[kind.value for kind in MailKind], default=MailKind.NEWS.value)
    template_version = serializers.UUIDField()
    audience = serializers.DictField(
        required=False,
        help_text="expression, except; also locales, countries, bought_since, customer_ids, buys_within, "
        "expected_within_days, due",
    )
    copy = serializers.DictField(child=serializers.UUIDField(), required=False)
    placement = serializers.SlugField(max_length=60, default="email")
    product_count = serializers.IntegerField(min_value=0, max_value=24, default=4)
    scheduled_at = serializers.DateTimeField(required=False, allow_null=True)
    hold_out_percent = serializers.FloatField(min_value=0, max_value=90, default=0)
    cap_mails = serializers.IntegerField(
        min_value=0, max_value=1_000, required=False, allow_null=True, help_text="0: no limit."
    )
    cap_days = serializers.IntegerField(min_value=1, max_value=365, default=7)
    attribution_days = serializers.IntegerField(min_value=1, max_value=90, default=7)
    winner_rule = serializers.ChoiceField(choices=["", "clicks", "orders"], default="")
    variants = VariantInputSerializer(many=True, required=False)
    by_local_time = serializers.BooleanField(
        default=False,
        help_text="`scheduled_at` is read on the workspace's clock and meant on each recipient's own.",
    )
    by_best_hour = serializers.BooleanField(
        default=False,
        help_text="Within a day of `scheduled_at`, at the hour when each recipient is most likely to look.",
    )
    quiet_from = serializers.TimeField(
        required=False, allow_null=True, help_text="On each recipient's own clock; with `quiet_until`."
    )
    quiet_until = serializers.TimeField(
        required=False, allow_null=True, help_text="It may be on the next day."
    )
    wave_size = serializers.IntegerField(
        min_value=0, max_value=100_000_000, default=0, help_text="Mails a wave; 0: without a break."
    )
    wave_minutes = serializers.IntegerField(
        min_value=1, max_value=LONGEST_WAVE_MINUTES, default=60,
        help_text="From the start of one wave to the next.",
    )  # fmt: skip
    max_bounce_percent = serializers.FloatField(
        max_value=100, default=5.0, help_text="Pauses when more mails bounce; above 0."
    )
    max_complaint_percent = serializers.FloatField(
        max_value=100, default=0.3, help_text="Pauses when more recipients complain; above 0."
    )
    repeats = serializers.CharField(
        max_length=120, required=False, allow_blank=True, allow_null=True,
        help_text='On the workspace\'s clock, such as "every Monday at 9:00" or the cron "0 9 * * 1": each '
        "time a copy of this draft is sent. Empty: it does not repeat.",
    )  # fmt: skip


class ScheduleSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(required=False, help_text="Now, unless told.")


class ProblemSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    pointer = serializers.CharField()


class PreflightSerializer(serializers.Serializer[Any]):
    is_ready = serializers.BooleanField()
    recipients = serializers.IntegerField()
    by_locale = serializers.DictField(child=serializers.IntegerField())
    suppressed = serializers.IntegerField()
    declined = serializers.IntegerField(help_text="Who want no mail of this kind.")
    held_out = serializers.IntegerField(help_text="Counted apart from `recipients`.")
    rendered = serializers.IntegerField()
    largest_bytes = serializers.IntegerField()
    audience = serializers.DictField(
        read_only=True, allow_null=True, help_text="The last report on the whole audience; POST makes one."
    )
    errors = ProblemSerializer(many=True)  # type: ignore[assignment]  # the API's name for them
    warnings = ProblemSerializer(many=True)


class AudienceCheckSerializer(serializers.Serializer[Any]):
    job = JobLinkSerializer()


class CopyCarriedSerializer(serializers.Serializer[Any]):
    version = serializers.UUIDField()
    locale = serializers.CharField()
    title = serializers.CharField()


class VariantReportSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="`main`: a campaign with a hold-out and no variants.")
    people = serializers.IntegerField()
    sent = serializers.IntegerField()
    clicks = serializers.IntegerField(help_text="People who clicked within a day.")
    orders = serializers.IntegerField(help_text="Last touch, within the campaign's attribution days.")
    revenue = serializers.DecimalField(max_digits=16, decimal_places=2)
    click_share = serializers.FloatField(help_text="Of the mails that are a day old.")
    order_share = serializers.FloatField(help_text="Of the mails whose days are over.")
    counted_for_clicks = serializers.IntegerField()
    counted_for_orders = serializers.IntegerField()
    copy = CopyCarriedSerializer(many=True, help_text="The approved texts that its mails carried.")


class HoldOutReportSerializer(serializers.Serializer[Any]):
    mailed = serializers.IntegerField()
    mailed_buyers = serializers.IntegerField()
    held_out = serializers.IntegerField()
    held_out_buyers = serializers.IntegerField()
    added_buyers = serializers.FloatField()
    added_low = serializers.FloatField()
    added_high = serializers.FloatField()
    is_conclusive = serializers.BooleanField()
    is_final = serializers.BooleanField(help_text="False while orders may still come.")
    is_early = serializers.BooleanField(help_text="Too few people to say anything.")
    until = serializers.DateTimeField(allow_null=True)


class ReportSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    notice = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    reasons = serializers.DictField(child=serializers.IntegerField())


class OutcomeSerializer(serializers.Serializer[Any]):
    winner = serializers.CharField(help_text="The variant chosen; empty while the test is open.")
    leading = serializers.CharField(help_text="The variant that is surely better; empty while that is open.")
    variants = VariantReportSerializer(many=True)
    hold_out = HoldOutReportSerializer(allow_null=True)
