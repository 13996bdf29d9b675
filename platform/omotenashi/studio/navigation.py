"""The left rail: only what is there and what the person may see."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from omotenashi.accounts.sessions import current_workspace

# Group → (model, title, icon). Names, not imports: the shell knows nothing of the apps above it.
RAIL: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Content",
        (
            ("content.Brief", "Briefs", "edit_note"),
            ("content.Draft", "Drafts", "draft"),
            ("content.Publication", "Publications", "public"),
        ),
    ),
    (
        "Brand",
        (
            ("content.Brand", "Brands & guidelines", "palette"),
            ("content.RulePack", "Rules by market", "gavel"),
            ("content.ContentPlan", "Plans", "view_list"),
        ),
    ),
    (
        "Shop",
        (
            ("catalog.Product", "Catalogue", "local_mall"),
            ("catalog.ImportRun", "Imports", "input"),
            ("personalization.Customer", "Customers", "group"),
            ("personalization.Order", "Orders", "receipt_long"),
            ("personalization.Placement", "Placements", "recommend"),
        ),
    ),
    (
        "Mailings",
        (
            ("mailings.Campaign", "Campaigns", "campaign"),
            ("mailings.MailTemplate", "Templates", "mail"),
            ("mailings.Message", "Messages", "outgoing_mail"),
            ("mailings.Suppression", "Suppressions", "block"),
            ("mailings.FrequencyCap", "Frequency cap", "speed"),
            ("mailings.MailProvider", "Mail providers", "webhook"),
        ),
    ),
    (
        "System",
        (
            ("accounts.Workspace", "Workspace", "storefront"),
            ("accounts.ApiKey", "API keys", "key"),
            ("jobs.Job", "Jobs", "progress_activity"),
            ("tokens.TokenAccount", "Tokens", "toll"),
        ),
    ),
)


def left_rail(request: HttpRequest) -> list[dict[str, Any]]:
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    groups = [{"title": title, "items": _entries(request, models)} for title, models in RAIL]
    return [{"items": [home]}, *(group for group in groups if group["items"])]


def workspace_name(request: HttpRequest) -> str:
    workspace = current_workspace(request)
    return workspace.name if workspace else ""


def _entries(request: HttpRequest, entries: tuple[tuple[str, str, str], ...]) -> list[dict[str, Any]]:
    found = []
    for label, title, icon in entries:
        page = _page_of(label)
        if page is not None and page.has_view_permission(request):
            found.append({"title": title, "icon": icon, "link": reverse(f"admin:{_url_name(page)}")})
    return found


def _page_of(label: str) -> Any:  # Any: a ModelAdmin, or None
    app, _, name = label.partition(".")
    if name.lower() not in apps.all_models.get(app, {}):
        return None
    return admin.site._registry.get(apps.get_model(label))


def _url_name(page: Any) -> str:  # Any: ModelAdmin is generic over a model named only at run time
    return f"{page.opts.app_label}_{page.opts.model_name}_changelist"
