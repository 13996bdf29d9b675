"""The OpenAPI document: every operation also says how it fails."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do."},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail", "pointer"],
                "properties": {
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON Pointer to the field."},
                },
            },
        },
    },
}


class ProblemSchema(AutoSchema):
    """Adds the problem answer to each operation; describes one by its own view's docstring only."""

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        own: str = super().get_description() if type(self.view).__dict__.get("__doc__") else ""
        return own

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            content = {"application/problem+json": {"schema": PROBLEM_SCHEMA}}
            operation["responses"]["default"] = {"description": "A problem (RFC 9457)", "content": content}
        return operation


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "omotenashi.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "pk_… (recommend, track) or sk_… (servers only)",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "omotenashi.api.authentication.StudioSessionAuthentication"
    name = "studioSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
