"""What management commands about one workspace share."""

from django.core.management.base import CommandError

from omotenashi.accounts.models import Workspace


def workspace_named(slug: str | None) -> Workspace:
    """The workspace of that name, or the only one there is."""
    found = list(Workspace.objects.filter(slug=slug) if slug else Workspace.objects.all()[:2])
    if len(found) == 1:
        return found[0]
    slugs = Workspace.objects.order_by("slug").values_list("slug", flat=True)[:20]
    known = ", ".join(slugs) or "none yet: `make demo` makes one"
    problem = f"There is no workspace {slug!r}." if slug else "Name the workspace: --workspace SLUG."
    raise CommandError(f"{problem} Known: {known}.")
