"""Campaigns over REST: parse, one service or selector, serialize."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from content.selectors import access_publication
from omotenashi.accounts.models import Workspace
from omotenashi.api.idempotency import idempotent
from omotenashi.api.paging import CursorPage
from omotenashi.api.responses import job_accepted
from omotenashi.api.views import WorkspaceView
from personalization.mailings import selectors, services
from personalization.mailings.api import serializers as shapes
from personalization.mailings.models import Campaign
from personalization.mailings.outcomes import outcome_report
from personalization.mailings.preflight import preflight
from personalization.mailings.services.verdicts import latest_check

PAGING = [
    OpenApiParameter("cursor", str),
    OpenApiParameter("limit", int, description="1 to 200; 50 unless told."),
]


class CampaignsView(WorkspaceView):
    scopes: ClassVar = {"GET": "mail:read", "POST": "mail:write"}

    @extend_schema(
        operation_id="campaigns_list", parameters=PAGING, responses=shapes.CampaignSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        page = CursorPage()
        rows = page.paginate_queryset(selectors.campaigns_of(self.workspace), request, view=self)
        return page.get_paginated_response(shapes.CampaignSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="campaigns_create",
        request=shapes.CampaignInputSerializer,
        responses={201: shapes.CampaignSerializer},
        description="Makes a draft. `/schedule` sends it.",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        values, rule = _planned(request, workspace=self.workspace)
        with transaction.atomic():
            campaign = services.create_campaign(self.workspace, **values)
            services.set_repeating(campaign, rule=rule or "")
        return _answer(selectors.access_campaign(self.workspace, campaign_id=campaign.pk), status=201)


class CampaignBase(WorkspaceView):
    def campaign(self, campaign_id: str) -> Campaign:
        return selectors.access_campaign(self.workspace, campaign_id=campaign_id)


class CampaignView(CampaignBase):
    scopes: ClassVar = {"GET": "mail:read", "PATCH": "mail:write"}

    @extend_schema(operation_id="campaigns_retrieve", responses=shapes.CampaignSerializer)
    def get(self, request: Request, campaign_id: str) -> Response:
        return _answer(self.campaign(campaign_id))

    @extend_schema(
        operation_id="campaigns_partial_update",
        request=shapes.CampaignInputSerializer,
        responses=shapes.CampaignSerializer,
        description="Changes what is named, of a draft only. `copy` and `variants` are replaced as a whole.",
    )
    def patch(self, request: Request, campaign_id: str) -> Response:
        campaign = self.campaign(campaign_id)
        values, rule = _planned(request, workspace=self.workspace, partial=True)
        with transaction.atomic():
            services.change_campaign(campaign, **values)
            if rule is not None:
                services.set_repeating(campaign, rule=rule)
        return _answer(self.campaign(campaign_id))


class ScheduleView(CampaignBase):
    scopes: ClassVar = {"POST": "mail:write"}

    @extend_schema(
        operation_id="campaigns_schedule",
        request=shapes.ScheduleSerializer,
        responses=shapes.CampaignSerializer,
        description="422 with every reason when the pre-flight finds errors.",
    )
    @idempotent
    def post(self, request: Request, campaign_id: str) -> Response:
        given = shapes.ScheduleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return _answer(services.schedule(self.campaign(campaign_id), at=given.validated_data.get("at")))


class StepView(CampaignBase):
    """One step of a campaign's life that needs no body."""

    scopes: ClassVar = {"POST": "mail:write"}

    def step(self, campaign: Campaign) -> Campaign:
        raise NotImplementedError

    def post(self, request: Request, campaign_id: str) -> Response:
        return _answer(self.step(self.campaign(campaign_id)))


@extend_schema(operation_id="campaigns_pause", request=None, responses=shapes.CampaignSerializer)
class PauseView(StepView):
    def step(self, campaign: Campaign) -> Campaign:
        return services.pause(campaign)


@extend_schema(operation_id="campaigns_resume", request=None, responses=shapes.CampaignSerializer)
class ResumeView(StepView):
    def step(self, campaign: Campaign) -> Campaign:
        return services.resume(campaign)


@extend_schema(operation_id="campaigns_cancel", request=None, responses=shapes.CampaignSerializer)
class CancelView(StepView):
    def step(self, campaign: Campaign) -> Campaign:
        return services.cancel(campaign)


class PreflightView(CampaignBase):
    scopes: ClassVar = {"GET": "mail:read", "POST": "mail:write"}

    @extend_schema(
        operation_id="campaigns_preflight",
        responses=shapes.PreflightSerializer,
        description="Counts the audience, renders samples of each language, and says what would go wrong.",
    )
    def get(self, request: Request, campaign_id: str) -> Response:
        campaign = self.campaign(campaign_id)
        check = latest_check(campaign)
        answer = shapes.PreflightSerializer(preflight(campaign)).data
        return Response({**answer, "audience": check.report if check else None})

    @extend_schema(
        operation_id="campaigns_preflight_audience",
        request=None,
        responses={202: shapes.AudienceCheckSerializer},
        description="Writes everyone's mail for nobody to read. A job; GET has its report.",
    )
    def post(self, request: Request, campaign_id: str) -> Response:
        return job_accepted(services.request_check(self.campaign(campaign_id)))


class ReportView(CampaignBase):
    scopes: ClassVar = {"GET": "mail:read"}

    @extend_schema(
        operation_id="campaigns_report",
        responses=shapes.ReportSerializer,
        description="`in_doubt`: mails handed over without an answer; a person settles them in the studio.",
    )
    def get(self, request: Request, campaign_id: str) -> Response:
        campaign = self.campaign(campaign_id)
        report = {
            "state": campaign.state,
            "notice": campaign.notice,
            "counts": selectors.message_counts(campaign),
            "reasons": selectors.skip_reasons(campaign),
        }
        return Response(shapes.ReportSerializer(report).data)


class OutcomeView(CampaignBase):
    scopes: ClassVar = {"GET": "mail:read"}

    @extend_schema(
        operation_id="campaigns_outcome",
        responses=shapes.OutcomeSerializer,
        description="Clicks and orders by variant, and what the mailing added over those held out. It reads "
        "the orders of each recipient: ask for it when a person wants to know, not every minute.",
    )
    def get(self, request: Request, campaign_id: str) -> Response:
        outcome = outcome_report(self.campaign(campaign_id), now=timezone.now())
        return Response(shapes.OutcomeSerializer(outcome).data)


def _planned(
    request: Request, *, workspace: Workspace, partial: bool = False
) -> tuple[dict[str, Any], str | None]:
    """What a service takes, and the rule it repeats by; None: not a word about it."""
    given = shapes.CampaignInputSerializer(data=request.data, partial=partial)
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = dict(given.validated_data)
    rule = (values.pop("repeats") or "") if "repeats" in values else None
    if "template_version" in values:
        version_id = values["template_version"]
        values["template_version"] = selectors.access_template_version(workspace, version_id=version_id)
    if "copy" in values:
        values["copies"] = _publications(values.pop("copy"), workspace=workspace)
    for variant in values.get("variants", []):
        variant["copies"] = _publications(variant.pop("copy", {}), workspace=workspace)
    return values, rule


def _publications(copy: Mapping[str, Any], *, workspace: Workspace) -> dict[str, Any]:
    """By locale. What is not the workspace's, or not live, is not there."""
    return {
        locale: access_publication(workspace, publication_id=publication)
        for locale, publication in copy.items()
    }


def _answer(campaign: Campaign, *, status: int = 200) -> Response:
    return Response(shapes.CampaignSerializer(campaign).data, status=status)
