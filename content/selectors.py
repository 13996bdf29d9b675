"""Reading content: what is not of the workspace is not there."""

import uuid
from typing import TypeVar

from django.db.models import Count, Model, Prefetch, Q, QuerySet

from content.models import Brand, Brief, Draft, DraftState, Publication, Version
from content.models.publications import PublicationQuerySet
from omotenashi.accounts.models import Workspace
from omotenashi.errors import NotFound

M = TypeVar("M", bound=Model)
FALLBACK_LOCALES = ("en",)


def briefs_of(workspace: Workspace) -> QuerySet[Brief]:
    return (
        Brief.objects.for_workspace(workspace)
        .select_related("brand", "job")
        .prefetch_related("products", "drafts")
    )


def access_brand(workspace: Workspace, *, brand_id: str | uuid.UUID) -> Brand:
    return _access(Brand.objects.for_workspace(workspace), row_id=brand_id, noun="brand")


def access_brief(workspace: Workspace, *, brief_id: str | uuid.UUID) -> Brief:
    return _access(briefs_of(workspace), row_id=brief_id, noun="brief")


def access_draft(workspace: Workspace, *, draft_id: str | uuid.UUID) -> Draft:
    drafts = Draft.objects.for_workspace(workspace).select_related("brief__brand", "job", "workspace")
    return _access(drafts.prefetch_related("brief__products"), row_id=draft_id, noun="draft")


def access_publication(
    workspace: Workspace, *, publication_id: str | uuid.UUID, live_only: bool = True
) -> Publication:
    rows: PublicationQuerySet = _whole(Publication.objects.for_workspace(workspace))
    chosen: QuerySet[Publication] = rows.live() if live_only else rows
    return _access(chosen, row_id=publication_id, noun="publication")


def publications_of(
    workspace: Workspace, *, product_id: str = "", locale: str = "", content_type: str = ""
) -> PublicationQuerySet:
    """Live publications; `product_id` is the shop's own id."""
    found = _whole(Publication.objects.for_workspace(workspace).live())
    if product_id:
        found = found.filter(draft__brief__products__external_id=product_id).distinct()
    if locale:
        found = found.filter(locale=locale)
    return found.filter(draft__brief__content_type=content_type) if content_type else found


def _whole(publications: PublicationQuerySet) -> PublicationQuerySet:
    """With everything `package_of` reads, in a fixed number of queries."""
    drafts = Draft.objects.prefetch_related(
        Prefetch("publications", queryset=Publication.objects.live(), to_attr="live_publications")
    )
    return publications.select_related(
        "approval__version", "draft__brief__brand", "workspace"
    ).prefetch_related("draft__brief__products__titles", Prefetch("draft__brief__drafts", queryset=drafts))


def versions_of(draft: Draft) -> QuerySet[Version]:
    return Version.objects.filter(draft=draft).select_related("created_by", "guideline", "approval__user")


def latest_version(draft: Draft) -> Version:
    version = versions_of(draft).first()
    if version is None:
        raise NotFound("This draft has no text yet. Wait until it is written.")
    return version


def locales_of(workspace: Workspace) -> list[str]:
    """What the workspace publishes in; its default language comes first."""
    return list(dict.fromkeys([workspace.default_locale, *workspace.locales])) or list(FALLBACK_LOCALES)


def default_brand(workspace: Workspace) -> Brand | None:
    return Brand.objects.for_workspace(workspace).order_by("created_at").first()


def counts_by_state(workspace: Workspace) -> dict[str, int]:
    states = {state.value: Count("id", filter=Q(state=state.value)) for state in DraftState}
    return dict(Draft.objects.for_workspace(workspace).aggregate(**states))


def _access(rows: QuerySet[M], *, row_id: str | uuid.UUID, noun: str) -> M:
    try:
        found = rows.filter(pk=uuid.UUID(str(row_id))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(f"There is no {noun} {row_id}.")
    return found
