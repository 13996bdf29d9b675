"""A template from another mailer, with its variables in our words. Nothing is stored."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.views import WorkspaceView
from personalization.mailings.engine.foreign import ORIGINS

MOST_CHARACTERS = 500_000


class ForeignTemplate(serializers.Serializer[Any]):
    origin = serializers.ChoiceField(choices=sorted(ORIGINS))
    text = serializers.CharField(max_length=MOST_CHARACTERS, trim_whitespace=False)


class TranslatedTemplate(serializers.Serializer[Any]):
    text = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField(), help_text="What a person has to replace.")


class TranslateView(WorkspaceView):
    scopes: ClassVar = {"POST": "mail:read"}

    @extend_schema(
        operation_id="mail_templates_translate", request=ForeignTemplate, responses=TranslatedTemplate
    )
    def post(self, request: Request) -> Response:
        given = ForeignTemplate(data=request.data)
        given.is_valid(raise_exception=True)
        translation = ORIGINS[given.validated_data["origin"]](given.validated_data["text"])
        return Response({"text": translation.text, "notes": list(translation.notes)})
