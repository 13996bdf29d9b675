"""Subject lines written by the language model, for one campaign: ask, watch, use what was approved."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from content.api.actors import actor_of
from omotenashi.api.idempotency import idempotent
from omotenashi.errors import NotFound
from personalization.mailings import selectors
from personalization.mailings.api import serializers as shapes
from personalization.mailings.api.views import CampaignBase
from personalization.mailings.services.subject_lines import (
    LinesAsked,
    use_approved_lines,
    write_subject_lines,
)
from personalization.mailings.written_lines import WrittenLines, written_lines


class LinesInputSerializer(serializers.Serializer[Any]):
    products = serializers.ListField(
        child=serializers.CharField(max_length=128), default=list,
        help_text="The shop's own product ids; empty: what the campaign's copy is about.",
    )  # fmt: skip
    locales = serializers.ListField(
        child=serializers.CharField(max_length=35), default=list, help_text="Empty: all of the template's."
    )
    audience = serializers.CharField(
        max_length=300, allow_blank=True, default="", help_text="Who reads it, in words."
    )


class LineSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    subject = serializers.CharField()
    preheader = serializers.CharField()


class LinesOfLocaleSerializer(serializers.Serializer[Any]):
    draft_id = serializers.UUIDField(help_text="Read, edit and approve it under `/v1/drafts/{id}`.")
    locale = serializers.CharField()
    state = serializers.CharField()
    failure = serializers.CharField()
    job_id = serializers.UUIDField(allow_null=True)
    error_count = serializers.IntegerField(help_text="Findings that block approval.")
    is_approved = serializers.BooleanField()
    lines = LineSerializer(many=True)


class WrittenLinesSerializer(serializers.Serializer[Any]):
    brief_id = serializers.UUIDField()
    job_id = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(
        help_text="writing, needs_work, ready, approved or published: the least of its locales."
    )
    drafts = LinesOfLocaleSerializer(many=True)


class SubjectLinesView(CampaignBase):
    scopes: ClassVar = {"GET": "mail:read", "POST": "mail:write"}

    @extend_schema(operation_id="campaigns_subject_lines", responses=WrittenLinesSerializer)
    def get(self, request: Request, campaign_id: str) -> Response:
        return Response(self._told(campaign_id))

    @extend_schema(
        operation_id="campaigns_write_subject_lines",
        request=LinesInputSerializer,
        responses={202: WrittenLinesSerializer},
        description="Has three subjects and preheaders written in each locale, once for the whole campaign. "
        "`Location` names a job. None is sent before a person approves it and `/use` makes variants of them.",
    )
    @idempotent
    def post(self, request: Request, campaign_id: str) -> Response:
        given = LinesInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(given.validated_data)
        asked = LinesAsked(product_ids=values.pop("products"), **values)
        brief = write_subject_lines(self.campaign(campaign_id), asked=asked, by=actor_of(request))
        headers = {"Location": f"/v1/jobs/{brief.job_id}", "Retry-After": "2"}
        return Response(self._told(campaign_id), status=202, headers=headers)

    def _told(self, campaign_id: str) -> dict[str, Any]:
        written = written_lines(self.campaign(campaign_id))
        if written is None:
            raise NotFound("No subject lines were written for this campaign. POST here to ask for some.")
        return _answer(written)


class UseLinesView(CampaignBase):
    scopes: ClassVar = {"POST": "mail:write"}

    @extend_schema(
        operation_id="campaigns_use_subject_lines",
        request=None,
        responses=shapes.CampaignSerializer,
        description="Approved lines become the variants `line-1`, `line-2`, `line-3`; variants that a person "
        "wrote stay. 409 while none is approved.",
    )
    def post(self, request: Request, campaign_id: str) -> Response:
        campaign = use_approved_lines(self.campaign(campaign_id))
        stored = selectors.access_campaign(self.workspace, campaign_id=campaign.pk)
        return Response(shapes.CampaignSerializer(stored).data)


def _answer(written: WrittenLines) -> dict[str, Any]:
    drafts = [
        {
            "draft_id": own.draft.pk, "locale": own.draft.locale, "state": own.draft.state,
            "failure": own.draft.failure, "job_id": own.draft.job_id, "error_count": own.error_count,
            "is_approved": own.is_approved,
            "lines": [
                {"number": number, "subject": subject, "preheader": preheader}
                for number, subject, preheader in own.lines
            ],
        }
        for own in written.drafts
    ]  # fmt: skip
    told = {"brief_id": written.brief.pk, "job_id": written.brief.job_id, "state": written.brief.state}
    data: dict[str, Any] = dict(WrittenLinesSerializer({**told, "drafts": drafts}).data)
    return data
