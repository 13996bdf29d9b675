"""Shapes of what comes in and goes out. No rules here: the services know them."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from content.engine.locales import profile
from content.locales import locale_name
from content.models import Brief, ContentType, Draft, Length, Version
from content.selectors import versions_of
from content.specs import spec_for
from content.staleness import stale_fields


class BriefInputSerializer(serializers.Serializer[Any]):
    """Lists may be empty here so that the service can say what to do about it."""

    content_type = serializers.CharField(
        default="",
        allow_blank=True,
        help_text=f"One of: {', '.join(ContentType.values)}. With a plan it may be left out.",
    )
    plan = serializers.CharField(
        default="", allow_blank=True, help_text="The short name of one of the shop's own plans."
    )
    products = serializers.ListField(
        child=serializers.CharField(max_length=128), default=list, help_text="The shop's own product ids."
    )
    locales = serializers.ListField(
        child=serializers.CharField(max_length=35, allow_blank=True),
        default=list,
        help_text="BCP 47, such as de-DE.",
    )
    keyphrases = serializers.DictField(
        child=serializers.CharField(allow_blank=True), default=dict, help_text="Locale to keyphrase."
    )
    call_to_action = serializers.DictField(
        child=serializers.CharField(allow_blank=True), default=dict, help_text="Locale to wording."
    )
    audience = serializers.CharField(max_length=300, allow_blank=True, default="")
    length = serializers.CharField(
        default=Length.MEDIUM.value, help_text=f"One of: {', '.join(Length.values)}"
    )
    brand = serializers.CharField(
        allow_blank=True, default="", help_text="The brand's name; empty: the first."
    )


class DraftLineSerializer(serializers.ModelSerializer[Draft]):
    job_id = serializers.UUIDField(allow_null=True)
    language = serializers.SerializerMethodField()

    class Meta:
        model = Draft
        fields = ["id", "locale", "language", "state", "failure", "job_id", "updated_at"]

    def get_language(self, draft: Draft) -> str:
        return locale_name(draft.locale)


class BriefSerializer(serializers.ModelSerializer[Brief]):
    brand = serializers.CharField(source="brand.name")
    plan = serializers.CharField(source="plan.key", default="")
    products = serializers.SerializerMethodField()
    state = serializers.CharField(
        help_text="writing, needs_work, ready, approved or published: the least of its drafts."
    )
    keyphrases = serializers.DictField(child=serializers.CharField())
    call_to_action = serializers.DictField(child=serializers.CharField())
    drafts = DraftLineSerializer(many=True)
    job_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Brief
        fields = [
            "id", "content_type", "plan", "brand", "products", "locales", "keyphrases", "audience", "length",
            "call_to_action", "state", "drafts", "job_id", "created_at",
        ]  # fmt: skip

    def get_products(self, brief: Brief) -> list[str]:
        return [product.external_id for product in brief.ordered_products]


class FindingSerializer(serializers.Serializer[Any]):
    check = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning", "info"])
    field = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    message = serializers.CharField()
    remedy = serializers.CharField()


class ClaimSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    field = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    fact = serializers.CharField(allow_null=True, help_text="What supports it; null: nothing does.")
    kind = serializers.CharField(
        required=False, default="", help_text="number, material, colour, origin, property, …"
    )


class VersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    fields = serializers.DictField(child=serializers.CharField(), source="texts")  # type: ignore[assignment]  # the glossary's word
    error_count = serializers.IntegerField()
    findings = FindingSerializer(many=True)
    claims = ClaimSerializer(many=True)
    manifest = serializers.JSONField(help_text="How it was made: model, prompt, facts, editor.")
    created_at = serializers.DateTimeField()
    approved_at = serializers.SerializerMethodField()
    approved_by = serializers.SerializerMethodField()

    def get_approved_at(self, version: Version) -> datetime | None:
        return version.approval.created_at if hasattr(version, "approval") else None

    def get_approved_by(self, version: Version) -> str | None:
        return version.approval.by if hasattr(version, "approval") else None


class DraftSerializer(DraftLineSerializer):
    """A draft with its newest version."""

    brief_id = serializers.UUIDField()
    content_type = serializers.CharField(source="brief.content_type")
    direction = serializers.SerializerMethodField()
    stale_fields = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()

    class Meta(DraftLineSerializer.Meta):
        fields = [
            *DraftLineSerializer.Meta.fields, "brief_id", "content_type", "direction", "stale_fields",
            "version",
        ]  # fmt: skip

    def get_direction(self, draft: Draft) -> str:
        return profile(draft.locale).direction

    @extend_schema_field(
        serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()),
            help_text="Fields that state facts which have changed since, with those facts.",
        )
    )
    def get_stale_fields(self, draft: Draft) -> dict[str, list[str]]:
        version = versions_of(draft).first()
        if version is None:
            return {}
        return stale_fields(version, spec=spec_for(draft, guideline=draft.brief.brand.guideline))

    @extend_schema_field(VersionSerializer(allow_null=True))
    def get_version(self, draft: Draft) -> dict[str, Any] | None:
        version = versions_of(draft).first()
        return VersionSerializer(version).data if version is not None else None


class EditSerializer(serializers.Serializer[Any]):
    fields = serializers.DictField(child=serializers.CharField(allow_blank=True))  # type: ignore[assignment]
    version = serializers.IntegerField(required=False, help_text="The version you edited; or send If-Match.")


class ApproveSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, help_text="The version you have read; or send If-Match."
    )


class ChangesSerializer(ApproveSerializer):
    comment = serializers.CharField(allow_blank=True, help_text="What should change.")


class WriteAgainSerializer(serializers.Serializer[Any]):
    fields = serializers.ListField(  # type: ignore[assignment]  # the glossary's word
        child=serializers.CharField(),
        required=False,
        default=list,
        help_text="Only these; empty: the whole draft.",
    )
    stale_only = serializers.BooleanField(
        required=False, default=False, help_text="Only fields that state facts which have changed since."
    )


class PublishSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(required=False, default="", allow_blank=True, max_length=160)


class FieldTextSerializer(serializers.Serializer[Any]):
    markdown = serializers.CharField()
    html = serializers.CharField(help_text="Cleaned: safe to put in a page.")


class HreflangSerializer(serializers.Serializer[Any]):
    hreflang = serializers.CharField()
    href = serializers.URLField()


class CardSerializer(serializers.Serializer[Any]):
    property = serializers.CharField()
    content = serializers.CharField()


class LinkSuggestionSerializer(serializers.Serializer[Any]):
    product_id = serializers.CharField()
    text = serializers.CharField(help_text="The words to link.")
    href = serializers.URLField()
    similarity = serializers.FloatField()


class SeoSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    meta_description = serializers.CharField()
    slug = serializers.CharField()
    canonical = serializers.URLField()
    hreflang = HreflangSerializer(many=True)
    cards = CardSerializer(many=True, help_text="Open Graph and Twitter.")
    json_ld = serializers.JSONField(help_text="The product or the article.")
    structured_data = serializers.ListField(
        child=serializers.JSONField(), help_text="All JSON-LD: the same, breadcrumbs, questions."
    )
    json_ld_script = serializers.CharField(help_text="The same, as a script element to put in the page.")
    head_html = serializers.CharField(help_text="All of the above as HTML for the page's head.")
    digital_source_type = serializers.CharField()


class PublicationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    brief_id = serializers.UUIDField()
    draft_id = serializers.UUIDField()
    version = serializers.IntegerField()
    content_type = serializers.ChoiceField(choices=ContentType.choices)
    locale = serializers.CharField()
    direction = serializers.ChoiceField(choices=["ltr", "rtl"], help_text="For the page's `dir` attribute.")
    slug = serializers.CharField()
    product_ids = serializers.ListField(child=serializers.CharField())
    fields = serializers.DictField(child=FieldTextSerializer())  # type: ignore[assignment]  # the glossary's word
    seo = SeoSerializer()
    published_at = serializers.DateTimeField()
