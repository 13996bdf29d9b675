"""Who is asking: an API key (Bearer, Api-Key, or Basic with the key as user name) or a signed-in person."""

import base64
import binascii
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from omotenashi.accounts.models import ApiKey, User, Workspace
from omotenashi.accounts.permissions import SCOPE_ACTIONS, can, workspaces_of
from omotenashi.accounts.services import hash_key
from omotenashi.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module at run time

_REMEDY = (
    "Send `Authorization: Bearer <key>` with an active key; make one in the studio under System › API keys."
)


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        plain = self.plain_key(request)
        if plain is None:
            return None
        key = active_key(hash_key(plain))
        note_use(key)
        return AnonymousUser(), key

    def plain_key(self, request: Request) -> str | None:
        """As the request carries it; None where it carries none."""
        return _key_from(request.headers.get("Authorization", ""))

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="omotenashi"'


class StudioSessionAuthentication(SessionAuthentication):
    """A person signed in to the studio may use the API as their role allows."""


class HasScope(BasePermission):
    """Lets a request through when its key, or its person's role, covers the view's scope for the method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scope = getattr(view, "scopes", {}).get(_method(request))
        if scope is None:
            return True  # the view answers 405 for a method it has no scope for
        workspace = workspace_of(request)
        if isinstance(request.auth, ApiKey):
            if not request.auth.allows(scope):
                raise Forbidden(
                    f"This key has no scope `{scope}`. Its scopes: {', '.join(request.auth.scopes)}."
                )
            return True
        user = request.user
        if not isinstance(user, User) or not can(user, workspace, SCOPE_ACTIONS[scope]):
            raise Forbidden(f"Your role does not allow this: it needs `{SCOPE_ACTIONS[scope]}` rights.")
        return True


def active_key(hashed: str) -> ApiKey:
    key: ApiKey | None = ApiKey.objects.filter(hash=hashed).select_related("workspace").first()
    if key is None or not key.is_active:
        raise Unauthenticated(f"The API key is unknown or revoked. {_REMEDY}")
    return key


def hash_in(header: str) -> str:
    """Of the key in an `Authorization` header; nothing there is an error."""
    plain = _key_from(header)
    if plain is None:
        raise Unauthenticated(f"No API key came with the request. {_REMEDY}")
    return hash_key(plain)


def workspace_of(request: Request) -> Workspace:
    """The workspace of the key, or the person's own (named by `X-Workspace` where there are several)."""
    if isinstance(request.auth, ApiKey):
        return request.auth.workspace
    user: Any = request.user
    if not user.is_authenticated:
        raise Unauthenticated(f"No API key came with the request. {_REMEDY}")
    own = workspaces_of(user)
    slug = request.headers.get("X-Workspace")
    workspace = own.filter(slug=slug).first() if slug else own.first()
    if workspace is None:
        raise Forbidden("You belong to no such workspace. Ask its administrator to add you.")
    return workspace


def _method(request: Request) -> str:
    return "GET" if request.method == "HEAD" else str(request.method)


def _key_from(header: str) -> str | None:
    kind, _, value = header.partition(" ")
    if kind.lower() in {"bearer", "api-key"}:
        return value.strip()
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthenticated(f"The Basic credentials cannot be decoded. {_REMEDY}") from error


def note_use(key: ApiKey) -> None:
    """Once a minute at most: a write per request would make every read a write."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > timedelta(minutes=1):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
