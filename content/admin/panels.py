"""Content's part of the studio's home page."""

from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from content import selectors
from content.models import Brand, Brief, Draft, DraftState, Publication
from omotenashi.accounts.models import Workspace
from omotenashi.accounts.sessions import may
from omotenashi.catalog.models import Product
from omotenashi.studio.dashboard import Panel

SHOWN = 6


def drafts(request: HttpRequest, workspace: Workspace) -> Panel:
    counts = selectors.counts_by_state(workspace)
    may_approve = may(request, "approve")
    tiles = [
        ("Ready for approval", counts[DraftState.READY], "ready", "rate_review", "amber"),
        (
            "Needs work",
            counts[DraftState.NEEDS_WORK] + counts[DraftState.FAILED],
            "needs_work",
            "error",
            "orange",
        ),
        ("Being written", counts[DraftState.QUEUED] + counts[DraftState.WRITING], "writing", "edit", "blue"),
        ("Approved", counts[DraftState.APPROVED], "approved", "check_circle", "green"),
        (
            "Published",
            Publication.objects.for_workspace(workspace).live().count(),
            "published",
            "public",
            "teal",
        ),
    ]
    context = {
        "hello": _greeting(request, workspace=workspace),
        "tiles": tiles,
        "may_write": may(request, "write"),
        "may_approve": may_approve,
        "first_steps": _first_steps(workspace),
        "waiting": _drafts(workspace, DraftState.READY),
        "needs_work": _drafts(workspace, DraftState.NEEDS_WORK, DraftState.FAILED),
        "writing": _drafts(workspace, DraftState.QUEUED, DraftState.WRITING),
        "approved": _drafts(workspace, DraftState.APPROVED),
        "published": Publication.objects.for_workspace(workspace)
        .live()
        .select_related("draft__brief", "approval__version")[:SHOWN],
    }
    return Panel(template="content/panel_drafts.html", context=context, order=10)


def _drafts(workspace: Workspace, *states: DraftState) -> QuerySet[Draft]:
    rows = Draft.objects.for_workspace(workspace).filter(state__in=states).select_related("brief", "job")
    return rows.prefetch_related("brief__products").order_by("-updated_at")[:SHOWN]


def _first_steps(workspace: Workspace) -> list[tuple[str, str, str, bool]]:
    """What a new workspace has to do, in order; empty when all of it is done."""
    steps = [
        ("Bring in your products", "Copy may only state what it says.", "catalog_product_changelist",
         Product.objects.for_workspace(workspace).exists()),
        ("Describe your brand", "Its voice, and words to use or avoid.", "content_brand_add",
         Brand.objects.for_workspace(workspace).exists()),
        ("File your first brief", "Say what you want; drafts follow.", "content_brief_add",
         Brief.objects.for_workspace(workspace).exists()),
    ]  # fmt: skip
    steps = [(title, why, f"admin:{name}", is_done) for title, why, name, is_done in steps]
    return [] if all(step[3] for step in steps) else steps


def _greeting(request: HttpRequest, *, workspace: Workspace) -> str:
    hour = timezone.localtime(timezone=ZoneInfo(workspace.time_zone)).hour
    part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    name = request.user.first_name if request.user.is_authenticated else ""
    return f"Good {part}, {name}" if name else f"Good {part}"
