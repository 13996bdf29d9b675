"""The demo's shop: its workspace, its people, its key. Made once; found again at every later start."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from omotenashi.accounts.models import ApiKey, Membership, User, Workspace
from omotenashi.accounts.services import create_api_key, create_member, create_workspace, revoke_api_key

SLUG = "tansu-and-thyme"
USERNAME = "hana"
KEY_NAME = "demo shop server"
_SECRETS = "demo"


@dataclass(frozen=True)
class DemoShop:
    workspace: Workspace
    username: str
    password: str
    key: str


@transaction.atomic
def open_shop(*, web_url: str) -> DemoShop:
    """`web_url` is where the demo's pictures are served; it may change from start to start."""
    workspace = Workspace.objects.filter(slug=SLUG).first() or create_workspace(
        name="Tansu & Thyme", slug=SLUG, default_locale="en", locales=["en", "de", "ja"],
        currency="EUR", time_zone="Europe/Berlin", sender_name="Tansu & Thyme",
        sender_email="hello@tansu-and-thyme.example",
        postal_address="Tansu & Thyme · Hafenstraße 1 · 20457 Hamburg",
    )  # fmt: skip
    Workspace.objects.filter(pk=workspace.pk).update(site_url=web_url)
    workspace.refresh_from_db()
    return DemoShop(workspace, USERNAME, _password(workspace), _new_key(workspace))


def _password(workspace: Workspace) -> str:
    """Kept in var/ beside the private servers' own passwords, so that the login stays the same."""
    file = _private_file()
    password = file.read_text() if file.exists() else secrets.token_urlsafe(9)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(password)
    user = User.objects.filter(username=USERNAME).first()
    if user is None:
        create_member(
            workspace, username=USERNAME, password=password, role=Membership.Role.ADMIN,
            first_name="Hana", last_name="Lindqvist", email="hana@tansu-and-thyme.example",
        )  # fmt: skip
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def _new_key(workspace: Workspace) -> str:
    """A key's plain text is not kept anywhere: each start makes a new one and takes the last one back."""
    for old in ApiKey.objects.filter(workspace=workspace, name=KEY_NAME, revoked_at=None):
        revoke_api_key(old)
    return create_api_key(workspace, kind=ApiKey.Kind.SECRET, name=KEY_NAME, live=False)[1]


def _private_file() -> Path:
    var: Path = settings.VAR
    return var / "local" / f"{_SECRETS}-password"
