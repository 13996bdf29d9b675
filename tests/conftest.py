"""Fixtures that every part of the suite shares: workspaces, people, keys, clients."""

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from omotenashi.accounts.models import User, Workspace
from omotenashi.accounts.services import create_api_key, create_member, create_workspace
from omotenashi.catalog.models import Product
from omotenashi.jobs import registry
from workers.handlers import HANDLERS

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "correct horse battery"


def pytest_configure(config: pytest.Config) -> None:
    # 20 times faster than the real hasher, which has nothing to do with what the suite is about.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    registry.install(HANDLERS)
    # Tests change tables behind the services' backs; those about kept answers switch them on.
    settings.RECOMMENDATION_SECONDS = 0


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data sets; the test skips where there is none."""
    folder = Path(os.environ.get("OMOTENASHI_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data sets at {folder}: set OMOTENASHI_SHARED_DATA to their folder")
    return folder


@pytest.fixture
def workspace(db: None) -> Workspace:
    return create_workspace(
        name="Tansu & Thyme", slug="tansu", default_locale="en", locales=["en", "de", "ja"],
        currency="EUR", site_url="https://tansu.example", sender_email="hello@tansu.example",
        sender_name="Tansu & Thyme", postal_address="Hafenstraße 1, 20457 Hamburg",
    )  # fmt: skip


@pytest.fixture
def other_workspace(db: None) -> Workspace:
    return create_workspace(name="Rival", slug="rival")


@pytest.fixture
def secret_key(workspace: Workspace) -> str:
    return create_api_key(workspace, kind="secret", name="server")[1]


@pytest.fixture
def publishable_key(workspace: Workspace) -> str:
    return create_api_key(workspace, kind="publishable", name="shop pages")[1]


@pytest.fixture
def api_for() -> Callable[[str], APIClient]:
    def build(key: str) -> APIClient:
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    return build


@pytest.fixture
def api(api_for: Callable[[str], APIClient], secret_key: str) -> APIClient:
    return api_for(secret_key)


@pytest.fixture
def outsider_api(api_for: Callable[[str], APIClient], other_workspace: Workspace) -> APIClient:
    """A client with every right, in another workspace."""
    return api_for(create_api_key(other_workspace, kind="secret", name="server")[1])


@pytest.fixture
def member(workspace: Workspace) -> Callable[[str], User]:
    def build(role: str) -> User:
        return create_member(workspace, username=role, password=PASSWORD, role=role)

    return build


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer_client(member: Callable[[str], User]) -> Client:
    return _signed_in(member("viewer"))


@pytest.fixture
def author_client(member: Callable[[str], User]) -> Client:
    return _signed_in(member("author"))


@pytest.fixture
def approver_client(member: Callable[[str], User]) -> Client:
    return _signed_in(member("approver"))


@pytest.fixture
def admin_client(member: Callable[[str], User]) -> Client:
    return _signed_in(member("admin"))


@pytest.fixture
def outsider_client(other_workspace: Workspace) -> Client:
    return _signed_in(create_member(other_workspace, username="outsider", password=PASSWORD, role="admin"))


@pytest.fixture
def product_factory(workspace: Workspace) -> Callable[..., Product]:
    made = iter(range(1, 1_000_000))

    def build(**overrides: Any) -> Product:
        number = next(made)
        fields: dict[str, Any] = {
            "workspace": workspace, "external_id": f"product-{number}", "title": f"Product {number}",
            "price": Decimal("10.00"), "currency": "EUR", "stock": 10,
        }  # fmt: skip
        return Product.objects.create(**(fields | overrides))

    return build
