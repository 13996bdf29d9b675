"""Making workspaces, people and keys, and taking keys back."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from omotenashi.accounts.models import ApiKey, Membership, User, Workspace
from omotenashi.accounts.permissions import PUBLISHABLE_SCOPES, SECRET_SCOPES
from omotenashi.errors import FieldError, InvalidInput
from omotenashi.marks import touch_keys


def create_workspace(*, name: str, slug: str, **fields: Any) -> Workspace:
    return Workspace.objects.create(name=name, slug=slug, **fields)


@transaction.atomic
def create_member(workspace: Workspace, *, username: str, password: str, role: str, **fields: Any) -> User:
    """A user who may enter the studio, with a role in the workspace."""
    user = User(username=username, is_staff=True, **fields)
    user.set_password(password)
    user.save()
    Membership.objects.create(user=user, workspace=workspace, role=role)
    return user


def create_api_key(
    workspace: Workspace, *, kind: str, name: str, scopes: Sequence[str] | None = None, live: bool = True
) -> tuple[ApiKey, str]:
    """The key's row and its plain text, which is not kept: show it now or never."""
    allowed = PUBLISHABLE_SCOPES if kind == ApiKey.Kind.PUBLISHABLE else SECRET_SCOPES
    chosen = list(allowed if scopes is None else scopes)
    unknown = sorted(set(chosen) - set(allowed))
    if unknown:
        detail = f"A {kind} key cannot have {', '.join(unknown)}. It can have: {', '.join(allowed)}."
        raise InvalidInput(detail, errors=[FieldError("unknown_scope", detail, "#/scopes")])
    shape = "pk" if kind == ApiKey.Kind.PUBLISHABLE else "sk"
    plain = f"{shape}_{'live' if live else 'test'}_{secrets.token_urlsafe(30)}"
    key = ApiKey.objects.create(
        workspace=workspace, kind=kind, name=name, scopes=chosen, prefix=plain[:14], hash=hash_key(plain)
    )
    return key, plain


def hash_key(plain: str) -> str:
    """SHA-256 suffices: a key has 240 random bits, so there is nothing to guess and no need to be slow."""
    return hashlib.sha256(plain.encode()).hexdigest()


def revoke_api_key(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    touch_keys(key.workspace_id)
