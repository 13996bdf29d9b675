"""What the content pages share: who is asking, rendering inside the shell, errors told in place."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from content.actors import Actor
from omotenashi.accounts.admin_base import WorkspaceAdmin, current_workspace, may
from omotenashi.accounts.models import User, Workspace
from omotenashi.accounts.permissions import Action
from omotenashi.errors import NotFound, OmotenashiError

View = Callable[..., HttpResponse]


class StudioPages(WorkspaceAdmin):
    """A model admin whose form pages are ours: rows are made by services, never by the admin's own forms."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def page(self, request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
        whole = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": title, "model_admin": self,
            "may_write": may(request, "write"), "may_approve": may(request, "approve"), **context,
        }  # fmt: skip
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, whole)

    def route(self, address: str, view: View, *, name: str) -> URLPattern:
        pattern: URLPattern = path(address, self.admin_site.admin_view(view), name=f"content_{name}")
        return pattern


def workspace_of(request: HttpRequest, *, action: Action) -> Workspace:
    workspace = current_workspace(request)
    if workspace is None or not may(request, action):
        raise PermissionDenied("Your role does not allow this.")
    return workspace


def actor_of(request: HttpRequest) -> Actor:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    return Actor(user=request.user)


def told(view: View) -> View:
    """What belongs to someone else is a 404 page."""

    def wrapper(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except NotFound as error:
            raise Http404(error.detail) from error

    return wrapper


def attempt(request: HttpRequest, step: Callable[[], Any], *, done: str, back: str) -> HttpResponseRedirect:
    """Do one step of the workflow, say how it went, and go back to the page."""
    try:
        step()
    except NotFound:
        raise
    except OmotenashiError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, done)
    return HttpResponseRedirect(back)


register = admin.register
