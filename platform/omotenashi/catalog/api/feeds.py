"""Feeds over REST: hand one in, and see what became of its rows."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.paging import CursorPage
from omotenashi.api.responses import job_accepted
from omotenashi.api.views import WorkspaceView
from omotenashi.catalog.api.serializers import (
    FeedImportSerializer,
    ImportAcceptedSerializer,
    ImportRunSerializer,
    RowIssueSerializer,
)
from omotenashi.catalog.models import ImportRun
from omotenashi.catalog.selectors import access_import
from omotenashi.catalog.services import accept_upload, accept_url
from omotenashi.catalog.services.imports import MAX_UPLOAD_BYTES
from omotenashi.errors import FieldError, InvalidInput, TooLarge


class FeedImportView(WorkspaceView):
    """The answer comes at once; the job tells how far the import is, the import what became of its rows."""

    scopes = {"POST": "catalog:write"}
    parser_classes = (MultiPartParser, FormParser, JSONParser)

    @extend_schema(
        summary="Import a feed from a file or an address",
        tags=["catalogue"],
        request={"multipart/form-data": FeedImportSerializer, "application/json": FeedImportSerializer},
        responses={202: ImportAcceptedSerializer},
    )
    def post(self, request: Request) -> Response:
        given = FeedImportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        file, url = values.get("file"), values.get("url")
        if bool(file) == bool(url):
            detail = "Send either a file or a url."
            raise InvalidInput(detail, errors=[FieldError("required", detail, "#/file")])
        options = {
            "kind": values["format"],
            "dry_run": values["dry_run"],
            "archive_others": values["archive_missing"],
        }
        if url:
            run, job = accept_url(self.workspace, url=url, **options)
        else:
            if file.size > MAX_UPLOAD_BYTES:
                raise TooLarge(f"A feed has {MAX_UPLOAD_BYTES // 1_000_000} MB at most. Split it.")
            run, job = accept_upload(self.workspace, name=file.name, content=file.read(), **options)
        return job_accepted(job, **{"import": ImportRunSerializer(run).data})


class ImportsView(WorkspaceView):
    """Imports, newest first."""

    scopes = {"GET": "catalog:read"}
    pagination_class = CursorPage  # the schema reads it

    @extend_schema(summary="List imports", tags=["catalogue"], responses=ImportRunSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = CursorPage()
        runs = ImportRun.objects.for_workspace(self.workspace)
        rows = page.paginate_queryset(runs, request, view=self)
        return page.get_paginated_response(ImportRunSerializer(rows, many=True).data)


class ImportView(WorkspaceView):
    """Counts and state of one import."""

    scopes = {"GET": "catalog:read"}

    @extend_schema(summary="Read an import", tags=["catalogue"], responses=ImportRunSerializer)
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        run = access_import(self.workspace, run_id=run_id)
        return Response(ImportRunSerializer(run).data)


class ImportIssuesView(WorkspaceView):
    """In the order of the file. An `error` left its row out, a `warning` only changed a field."""

    scopes = {"GET": "catalog:read"}
    pagination_class = CursorPage  # the schema reads it

    @extend_schema(
        summary="The rows that were left out or changed, and why",
        tags=["catalogue"],
        responses=RowIssueSerializer(many=True),
    )
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        page = CursorPage()
        page.ordering = ("row_number", "id")  # type: ignore[assignment]  # DRF takes a tuple too
        rows = page.paginate_queryset(
            access_import(self.workspace, run_id=run_id).issues.all(), request, view=self
        )
        return page.get_paginated_response(RowIssueSerializer(rows, many=True).data)
