"""The home page: panels, each made by the app it is about.

An app takes part by naming functions `(request, workspace) -> Panel | None` in its AppConfig:
`studio_panels = ("content.admin.panels.drafts",)`.
"""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.module_loading import import_string

from omotenashi.accounts.models import Workspace
from omotenashi.accounts.sessions import current_workspace, may


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A template and what it needs. `order` sorts the page."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)  # Any: a template's context
    order: int = 50


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's hook: adds the panels of the person's workspace."""
    workspace = current_workspace(request)
    context |= {"workspace": workspace, "title": "Home", "panels": []}
    if workspace is not None:
        context |= {"panels": _panels(request, workspace), "may_write": may(request, "write")}
    return context


def _panels(request: HttpRequest, workspace: Workspace) -> list[Panel]:
    names = [name for app in apps.get_app_configs() for name in getattr(app, "studio_panels", ())]
    made = (import_string(name)(request, workspace) for name in names)
    return sorted((panel for panel in made if panel is not None), key=lambda panel: panel.order)
