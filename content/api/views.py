"""Briefs, drafts and publications over REST: parse, one service or selector, serialize."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from content import selectors, services
from content.api import serializers as shapes
from content.api.actors import actor_of
from content.api.etags import cached_response, draft_etag, version_meant
from content.internal_links import link_suggestions
from content.models import Draft
from content.packages import package_of
from content.sitemaps import MAX_ADDRESSES, NOT_PAGES, sitemap_xml
from omotenashi.api.idempotency import idempotent
from omotenashi.api.paging import CursorPage
from omotenashi.api.views import WorkspaceView

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The version you have seen: `"v3"`.'
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="Answers 304 if unchanged."
)
PAGING = [
    OpenApiParameter("cursor", str),
    OpenApiParameter("limit", int, description="1 to 200; 50 unless told."),
]


class BriefsView(WorkspaceView):
    scopes: ClassVar = {"GET": "content:read", "POST": "content:write"}

    @extend_schema(operation_id="briefs_list", parameters=PAGING, responses=shapes.BriefSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = CursorPage()
        rows = page.paginate_queryset(selectors.briefs_of(self.workspace), request, view=self)
        return page.get_paginated_response(shapes.BriefSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="briefs_create",
        request=shapes.BriefInputSerializer,
        responses={202: shapes.BriefSerializer},
        description="Files a brief; drafts follow. `Location` names a job whose result names theirs.",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        given = shapes.BriefInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(given.validated_data)
        brief = services.create_brief(
            self.workspace,
            brief=services.BriefInput(product_ids=values.pop("products"), **values),
            by=actor_of(request),
        )
        stored = selectors.access_brief(self.workspace, brief_id=brief.pk)
        headers = {"Location": f"/v1/jobs/{stored.job_id}", "Retry-After": "2"}
        return Response(shapes.BriefSerializer(stored).data, status=202, headers=headers)


class BriefView(WorkspaceView):
    scopes: ClassVar = {"GET": "content:read"}

    @extend_schema(operation_id="briefs_retrieve", responses=shapes.BriefSerializer)
    def get(self, request: Request, brief_id: str) -> Response:
        brief = selectors.access_brief(self.workspace, brief_id=brief_id)
        return Response(shapes.BriefSerializer(brief).data)


class DraftBase(WorkspaceView):
    def draft(self, draft_id: str) -> Draft:
        return selectors.access_draft(self.workspace, draft_id=draft_id)

    def answer(self, draft_id: str, *, status: int = 200) -> Response:
        """The draft as it is now, with its ETag."""
        data = shapes.DraftSerializer(self.draft(draft_id)).data
        headers = {"ETag": draft_etag(data["version"]["number"])} if data["version"] else {}
        return Response(data, status=status, headers=headers)


class DraftView(DraftBase):
    scopes: ClassVar = {"GET": "content:read", "PATCH": "content:write"}

    @extend_schema(operation_id="drafts_retrieve", responses=shapes.DraftSerializer)
    def get(self, request: Request, draft_id: str) -> Response:
        return self.answer(draft_id)

    @extend_schema(
        operation_id="drafts_edit",
        parameters=[IF_MATCH],
        request=shapes.EditSerializer,
        responses=shapes.DraftSerializer,
        description="Stores edited fields as the next version and checks it again.",
    )
    def patch(self, request: Request, draft_id: str) -> Response:
        draft = self.draft(draft_id)
        given = shapes.EditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        number = version_meant(request, draft=draft, given=given.validated_data.get("version"))
        services.edit_draft(
            draft, fields=given.validated_data["fields"], base_number=number, by=actor_of(request)
        )
        return self.answer(draft_id)


class VersionsView(DraftBase):
    scopes: ClassVar = {"GET": "content:read"}

    @extend_schema(operation_id="drafts_versions", responses=shapes.VersionSerializer(many=True))
    def get(self, request: Request, draft_id: str) -> Response:
        versions = selectors.versions_of(self.draft(draft_id))
        return Response({"results": shapes.VersionSerializer(versions, many=True).data})


class FindingsView(DraftBase):
    scopes: ClassVar = {"GET": "content:read"}

    @extend_schema(operation_id="drafts_findings", responses=shapes.FindingSerializer(many=True))
    def get(self, request: Request, draft_id: str) -> Response:
        version = selectors.latest_version(self.draft(draft_id))
        return Response({"version": version.number, "results": version.findings})


class WriteAgainView(DraftBase):
    scopes: ClassVar = {"POST": "content:write"}

    @extend_schema(
        operation_id="drafts_write_again",
        request=shapes.WriteAgainSerializer,
        responses={202: shapes.DraftSerializer},
        description="Queues the draft, or some fields of it; `Location` names the job. 409 while it is "
        "being written, or when no field is stale.",
    )
    def post(self, request: Request, draft_id: str) -> Response:
        given = shapes.WriteAgainSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        draft = self.draft(draft_id)
        if wanted["stale_only"]:
            job = services.write_stale_again(draft)
        else:
            job = services.write_again(draft, fields=wanted["fields"])
        response = self.answer(draft_id, status=202)
        response["Location"] = f"/v1/jobs/{job.pk}"
        return response


class ApproveView(DraftBase):
    scopes: ClassVar = {"POST": "content:approve"}

    @extend_schema(
        operation_id="drafts_approve",
        parameters=[IF_MATCH],
        request=shapes.ApproveSerializer,
        responses=shapes.DraftSerializer,
        description="422 while errors are open; 409 (with If-Match: 412) when another version came between.",
    )
    def post(self, request: Request, draft_id: str) -> Response:
        draft = self.draft(draft_id)
        given = shapes.ApproveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        number = version_meant(request, draft=draft, given=given.validated_data.get("version"))
        services.approve(draft, number=number, by=actor_of(request))
        return self.answer(draft_id)


class AskForChangesView(DraftBase):
    scopes: ClassVar = {"POST": "content:approve"}

    @extend_schema(
        operation_id="drafts_ask_for_changes",
        parameters=[IF_MATCH],
        request=shapes.ChangesSerializer,
        responses=shapes.DraftSerializer,
    )
    def post(self, request: Request, draft_id: str) -> Response:
        draft = self.draft(draft_id)
        given = shapes.ChangesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        number = version_meant(request, draft=draft, given=given.validated_data.get("version"))
        services.ask_for_changes(
            draft, number=number, comment=given.validated_data["comment"], by=actor_of(request)
        )
        return self.answer(draft_id)


class PublishView(DraftBase):
    scopes: ClassVar = {"POST": "content:approve"}

    @extend_schema(
        operation_id="drafts_publish",
        request=shapes.PublishSerializer,
        responses={201: shapes.PublicationSerializer},
    )
    def post(self, request: Request, draft_id: str) -> Response:
        given = shapes.PublishSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.publish(self.draft(draft_id), by=actor_of(request), slug=given.validated_data["slug"])
        publication = selectors.access_publication(self.workspace, publication_id=made.pk)
        headers = {"Location": f"/v1/publications/{made.pk}"}
        return Response(package_of(publication), status=201, headers=headers)


class WithdrawView(DraftBase):
    scopes: ClassVar = {"POST": "content:approve"}

    @extend_schema(operation_id="drafts_withdraw", request=None, responses=shapes.DraftSerializer)
    def post(self, request: Request, draft_id: str) -> Response:
        services.withdraw(self.draft(draft_id), by=actor_of(request))
        return self.answer(draft_id)


class PublicationsView(WorkspaceView):
    scopes: ClassVar = {"GET": "content:read"}

    @extend_schema(
        operation_id="publications_list",
        parameters=[
            OpenApiParameter("product_id", str, description="The shop's own id."),
            OpenApiParameter("locale", str),
            OpenApiParameter("content_type", str),
            IF_NONE_MATCH,
            *PAGING,
        ],
        responses=shapes.PublicationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        query = request.query_params
        found = selectors.publications_of(
            self.workspace,
            product_id=query.get("product_id", ""),
            locale=query.get("locale", ""),
            content_type=query.get("content_type", ""),
        )
        page = CursorPage()
        rows = page.paginate_queryset(found, request, view=self) or []
        listed = page.get_paginated_response([package_of(row) for row in rows])
        return cached_response(request, listed.data)


class PublicationView(WorkspaceView):
    scopes: ClassVar = {"GET": "content:read"}

    @extend_schema(
        operation_id="publications_retrieve",
        parameters=[IF_NONE_MATCH],
        responses=shapes.PublicationSerializer,
    )
    def get(self, request: Request, publication_id: str) -> Response:
        publication = selectors.access_publication(self.workspace, publication_id=publication_id)
        return cached_response(request, package_of(publication))


class LinkSuggestionsView(WorkspaceView):
    scopes: ClassVar = {"GET": "content:read"}

    @extend_schema(
        operation_id="publications_links",
        responses=shapes.LinkSuggestionSerializer(many=True),
        description="Other pages of the shop that this text could link to, the most alike first.",
    )
    def get(self, request: Request, publication_id: str) -> Response:
        publication = selectors.access_publication(self.workspace, publication_id=publication_id)
        return Response(
            {"results": shapes.LinkSuggestionSerializer(link_suggestions(publication), many=True).data}
        )


class SitemapView(WorkspaceView):
    scopes: ClassVar = {"GET": "content:read"}

    @extend_schema(
        operation_id="sitemap",
        parameters=[
            OpenApiParameter("page", int, description=f"Of {MAX_ADDRESSES} addresses each; 1 unless told.")
        ],
        responses={(200, "application/xml"): str},
        description="Live publications with their language siblings, for the shop to serve as its sitemap.",
    )
    def get(self, request: Request) -> HttpResponse:
        page = request.query_params.get("page", "1")
        first = (int(page) - 1) * MAX_ADDRESSES if page.isdigit() and int(page) > 0 else 0
        pages = selectors.publications_of(self.workspace).exclude(draft__brief__content_type__in=NOT_PAGES)
        rows = pages.order_by("created_at", "pk")[first : first + MAX_ADDRESSES]
        return HttpResponse(sitemap_xml(rows), content_type="application/xml; charset=utf-8")
