"""For shops that send with a mailer of their own: one person's blocks, and a campaign as a table."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import orjson
from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omotenashi.api.limits import Limited
from omotenashi.api.views import WorkspaceView
from omotenashi.errors import FieldError, InvalidInput
from personalization.mailings import selectors
from personalization.mailings.blocks import BlocksAsked, email_blocks
from personalization.mailings.services.export import FORMATS, export_campaign
from personalization.selectors.customers import access_customer

MOST_ROWS = 20_000
"""A request must end before its proxy loses patience; more is for the command."""
_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


class BlocksQuery(serializers.Serializer[Any]):
    placement = serializers.SlugField(max_length=60, default="email")
    count = serializers.IntegerField(min_value=0, max_value=24, default=4)
    locale = serializers.CharField(max_length=35, default="", allow_blank=True)
    campaign = serializers.UUIDField(
        required=False, help_text="The customer's variant of it: copy, placement, products."
    )


class BlockProduct(serializers.Serializer[Any]):
    product_id = serializers.CharField()
    position = serializers.IntegerField()
    title = serializers.CharField()
    price = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    url = serializers.CharField(help_text="With `recommendation_id`; hand it on with the shop's events.")
    image_url = serializers.CharField()
    reason = serializers.CharField()


class BlocksBody(serializers.Serializer[Any]):
    customer_id = serializers.CharField()
    locale = serializers.CharField()
    may_be_mailed = serializers.BooleanField(
        help_text="Agreed to mail, and not suppressed; with `campaign`, that it would write to them."
    )
    reason = serializers.CharField(help_text="Why the campaign would not; nothing else is answered then.")
    variant = serializers.CharField(help_text="Which of the campaign's is drawn for them; hand it on.")
    recommendation_id = serializers.CharField(allow_null=True)
    products = BlockProduct(many=True)
    copy = serializers.DictField(child=serializers.CharField())


class EmailBlocksView(Limited, WorkspaceView):
    scopes: ClassVar = {"GET": "mail:read"}

    @extend_schema(
        operation_id="customers_email_blocks", parameters=[BlocksQuery], responses=BlocksBody,
        description="Answers 304 to `If-None-Match` while nothing has changed.",
    )  # fmt: skip
    def get(self, request: Request, customer_id: str) -> HttpResponse:
        customer = access_customer(self.workspace, external_id=customer_id)
        blocks = email_blocks(self.workspace, customer=customer, asked=self._asked(request))
        body = orjson.dumps(blocks, default=str)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        response = HttpResponse(body, content_type="application/json")
        if request.headers.get("If-None-Match") == tag:
            response = HttpResponse(status=304)
        response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
        return response

    def _asked(self, request: Request) -> BlocksAsked:
        given = BlocksQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(given.validated_data)
        campaign_id = values.pop("campaign", None)
        if campaign_id is None:
            return BlocksAsked(**values)
        campaign = selectors.access_campaign(self.workspace, campaign_id=campaign_id)
        return BlocksAsked(campaign.placement, campaign.product_count, values["locale"], campaign)


class ExportView(WorkspaceView):
    scopes: ClassVar = {"GET": "mail:read"}

    @extend_schema(
        operation_id="campaigns_export", responses={(200, "text/csv"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("file", str, enum=FORMATS, description="csv unless told.")],
        description="One row an address. More than 20,000: `manage.py export_campaign`.",
    )  # fmt: skip
    def get(self, request: Request, campaign_id: str) -> FileResponse:
        campaign = selectors.access_campaign(self.workspace, campaign_id=campaign_id)
        kind = request.query_params.get("file", "csv")
        if kind not in FORMATS:
            raise _refused("unknown_format", f"There is no file {kind!r}. Known: {', '.join(FORMATS)}.")
        if selectors.audience_of(campaign).order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
            remedy = f"python manage.py export_campaign {campaign.pk} --file {kind}"
            raise _refused("too_many", f"More than {MOST_ROWS:,} people. On the server: {remedy}")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"campaign.{kind}"
            export_campaign(campaign, path=path, format=kind)
            # Opened here, it can be read after its name is gone.
            return FileResponse(
                path.open("rb"), as_attachment=True, filename=path.name, content_type=_TYPES[kind]
            )


def _refused(code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=[FieldError(code, detail, "#/file")])
