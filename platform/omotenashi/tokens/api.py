"""`GET /v1/tokens`: this month's account."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.views import WorkspaceView
from omotenashi.tokens.models import TokenAccount
from omotenashi.tokens.services import open_account


class TokenAccountSerializer(serializers.ModelSerializer[TokenAccount]):
    left = serializers.IntegerField(allow_null=True, help_text="Null where there is no limit.")

    class Meta:
        model = TokenAccount
        fields = ("month", "limit", "written", "reserved", "left", "read")


class TokensView(WorkspaceView):
    scopes = {"GET": "jobs:read"}

    @extend_schema(summary="Tokens written this month, and its limit", responses=TokenAccountSerializer)
    def get(self, request: Request) -> Response:
        return Response(TokenAccountSerializer(open_account(self.workspace)).data)
