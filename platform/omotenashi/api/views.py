"""The base of every endpoint: one workspace, one scope a method."""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from omotenashi.accounts.models import Workspace
from omotenashi.api.authentication import workspace_of


class WorkspaceView(APIView):
    """Set `scopes = {"GET": "content:read"}`; read the caller's workspace from `self.workspace`."""

    scopes: ClassVar[Mapping[str, str]] = {}
    request: Request

    @property
    def workspace(self) -> Workspace:
        return workspace_of(self.request)
