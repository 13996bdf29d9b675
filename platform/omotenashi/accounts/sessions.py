"""A signed-in person's workspace and rights, for pages. No admin imports: template tags use it too."""

from django.http import HttpRequest

from omotenashi.accounts.models import Workspace
from omotenashi.accounts.permissions import Action, can, workspaces_of


def current_workspace(request: HttpRequest) -> Workspace | None:
    """The workspace the person chose in this session, else the first they belong to."""
    if not hasattr(request, "_workspace"):
        own = workspaces_of(request.user)
        chosen = request.session.get("workspace") if hasattr(request, "session") else None
        request._workspace = (own.filter(pk=chosen).first() if chosen else None) or own.first()  # type: ignore[attr-defined]
    workspace: Workspace | None = request._workspace  # type: ignore[attr-defined]
    return workspace


def may(request: HttpRequest, action: Action) -> bool:
    """A page asks dozens of times, so each answer is kept for the request."""
    known: dict[Action, bool] = request.__dict__.setdefault("_may", {})
    if action not in known:
        workspace = current_workspace(request)
        known[action] = workspace is not None and can(request.user, workspace, action)
    return known[action]
