"""The framework's view of a prepared answer, for `peers.framework`."""

import json
import os
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers import place_of
from omotenashi.api.health import livez
from personalization.api.serializers import AnswerBody

VALKEY = redis.Redis.from_url(settings.REDIS_URL)
KEY = os.environ["BENCH_KEY"]


class Caller(AnonymousUser):
    is_authenticated = True  # type: ignore[assignment]


class KeyInMemory(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any]:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            raise AuthenticationFailed
        return Caller(), KEY


class PreparedView(APIView):
    authentication_classes = [KeyInMemory]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        kept: Any = VALKEY.get(place_of(request.query_params["customer_id"]))
        return Response(AnswerBody(json.loads(kept)).data)


urlpatterns = [path("v1/recommendations", PreparedView.as_view()), path("livez", livez)]
