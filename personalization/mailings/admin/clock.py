"""Hours on a studio page as the workspace's own clock shows them, typed and read alike."""

from contextlib import AbstractContextManager

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from omotenashi.accounts.sessions import current_workspace
from personalization.mailings.engine.schedule import known_zone


def on_workspace_clock(request: HttpRequest) -> AbstractContextManager[None]:
    workspace = current_workspace(request)
    return timezone.override(known_zone(workspace.time_zone) if workspace else None)


def shown_now(response: HttpResponse) -> HttpResponse:
    """Django writes a page after its view is over: by then the clock would be another."""
    return response.render() if isinstance(response, TemplateResponse) else response
