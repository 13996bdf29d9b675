"""The two servers that B2 compares: `ours` without a framework, `peer` as Django shops are usually written.

Both check the API key, both have committed when they answer. The peer takes one event a request, checks it
with a serializer and writes it with the ORM; it does not de-duplicate.
"""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
django.setup()
settings.ROOT_URLCONF = __name__

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

from omotenashi.accounts.models import ApiKey  # noqa: E402
from omotenashi.accounts.services import hash_key  # noqa: E402
from omotenashi.api.views import WorkspaceView  # noqa: E402
from personalization.api.event_bodies import EventRequest, handle_events  # noqa: E402
from personalization.models import Customer, Event  # noqa: E402

_KEY_SECONDS = 5.0
_keys: dict[str, tuple[ApiKey, float]] = {}


def ours(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    key = _key(environ.get("HTTP_AUTHORIZATION", ""))
    if key is None:
        start_response("401 Unauthorized", [])
        return [b""]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    kind = environ["PATH_INFO"].rsplit("/", 1)[1]
    request = EventRequest(kind, key.kind == ApiKey.Kind.PUBLISHABLE, body, timezone.now())
    answer = handle_events(key.workspace, request=request)
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    start_response(f"{answer.status} -", headers)
    return [answer.body]


def _key(header: str) -> ApiKey | None:
    found, until = _keys.get(header, (None, 0.0))
    if found is None or until < time.monotonic():
        plain = header.partition(" ")[2]
        found = ApiKey.objects.filter(hash=hash_key(plain)).select_related("workspace").first()
        if found is None or not found.is_active or not found.allows("track"):
            return None
        _keys[header] = found, time.monotonic() + _KEY_SECONDS
    return found


class EventSerializer(serializers.Serializer[Any]):
    event = serializers.CharField(max_length=200)
    userId = serializers.CharField(max_length=200, required=False)  # Segment's name
    anonymousId = serializers.CharField(max_length=200, required=False, default="")
    timestamp = serializers.DateTimeField()
    properties = serializers.DictField()
    context = serializers.DictField(required=False, default=dict)


class PeerView(WorkspaceView):
    scopes: ClassVar = {"POST": "track"}

    def post(self, request: Request) -> Response:
        serializer = EventSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        customer = None
        if "userId" in given:
            customer, _ = Customer.objects.get_or_create(
                workspace=self.workspace, external_id=given["userId"]
            )
        Event.objects.create(
            workspace=self.workspace, customer=customer, anonymous_id=given["anonymousId"], kind="track",
            name=given["event"], product_external_id=given["properties"].get("product_id", ""),
            properties=given["properties"], context=given["context"], happened_at=given["timestamp"],
            received_at=timezone.now(),
        )  # fmt: skip
        return Response({"success": True})


urlpatterns = [path("v1/track", PeerView.as_view())]
peer = get_wsgi_application()
