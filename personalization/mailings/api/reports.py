"""Where mail providers report bounces, complaints and clicks: the signature is the key."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from personalization.mailings import selectors, services


class CountedSerializer(serializers.Serializer[Any]):
    counted = serializers.BooleanField(help_text="False: it came before, or is of no use here.")


class MailReportView(APIView):
    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="mail_reports_create",
        request=OpenApiTypes.OBJECT,
        responses=CountedSerializer,
        auth=[],
        description="A provider's webhook, as the provider documents it. 401 for a wrong signature.",
    )
    def post(self, request: Request, provider_id: UUID) -> Response:
        provider = selectors.access_mail_provider(provider_id)
        # The raw bytes: what the signature is about.
        counted = services.receive_report(
            provider, body=request._request.body, headers=request.headers, now=timezone.now()
        )
        return Response({"counted": counted})
