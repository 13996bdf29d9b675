"""The shapes of campaigns over REST."""

from typing import Any

from rest_framework import serializers

from omotenashi.catalog.api.serializers import JobLinkSerializer
from personalization.mailings.engine.preferences import MailKind
from personalization.mailings.models import Campaign


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    template_version = serializers.UUIDField(source="template_version_id")
    template = serializers.CharField(source="template_version.template.name")
    copy = serializers.SerializerMethodField(help_text="Locale to the id of the publication it carries.")

    class Meta:
        model = Campaign
        fields = (
            "id", "name", "kind", "state", "notice", "template", "template_version", "audience", "copy",
            "placement", "product_count", "scheduled_at", "started_at", "finished_at", "created_at",
        )  # fmt: skip

    def get_copy(self, campaign: Campaign) -> dict[str, str]:
        return {row.locale: str(row.publication_id) for row in campaign.copies.all()}


class CampaignInputSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=[kind.value for kind in MailKind], default=MailKind.NEWS.value)
    template_version = serializers.UUIDField()
    audience = serializers.DictField(
        required=False,
        help_text="locales, countries, bought_since, customer_ids, buys_within, expected_within_days, due",
    )
    copy = serializers.DictField(child=serializers.UUIDField(), required=False)
    placement = serializers.SlugField(max_length=60, default="email")
    product_count = serializers.IntegerField(min_value=0, max_value=24, default=4)
    scheduled_at = serializers.DateTimeField(required=False, allow_null=True)


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
    rendered = serializers.IntegerField()
    largest_bytes = serializers.IntegerField()
    audience = serializers.DictField(
        read_only=True, allow_null=True, help_text="The last report on the whole audience; POST makes one."
    )
    errors = ProblemSerializer(many=True)  # type: ignore[assignment]  # the API's name for them
    warnings = ProblemSerializer(many=True)


class AudienceCheckSerializer(serializers.Serializer[Any]):
    job = JobLinkSerializer()


class ReportSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    notice = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    reasons = serializers.DictField(child=serializers.IntegerField())
