"""Putting an approved version where the world can fetch it, and taking it back."""

from django.db import transaction
from django.utils import timezone
from slugify import slugify

from content import transitions
from content.actors import Actor
from content.engine.slugs import slug_for
from content.models import Approval, Draft, DraftState, Publication, Version
from content.selectors import latest_version
from content.seo import seo_package
from omotenashi.accounts.permissions import can
from omotenashi.errors import Conflict, FieldError, Forbidden, InvalidInput

MAX_SLUG = 80


@transaction.atomic
def publish(draft: Draft, *, by: Actor, slug: str = "") -> Publication:
    """The approved version goes live; an earlier version of the same draft leaves in the same moment."""
    _may_publish(draft, by=by)
    locked = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if locked.state == DraftState.PUBLISHED:
        raise Conflict("This draft is published already.")
    version = latest_version(draft)
    approval = Approval.objects.filter(version=version).first()
    if approval is None or locked.state != DraftState.APPROVED:
        raise Conflict("Only an approved text can be published. Have its newest version approved first.")
    live = Publication.objects.filter(draft=draft).live()
    old = live.first()
    live.update(withdrawn_at=timezone.now())
    chosen = _free_slug(draft, wanted=slug, version=version, keep=old.slug if old else "")
    publication = Publication.objects.create(
        workspace=draft.workspace, draft=draft, approval=approval, locale=draft.locale, slug=chosen,
        seo=seo_package(draft, version=version, slug=chosen), published_by=by.user,
    )  # fmt: skip
    transitions.publish(draft.pk)
    return publication


@transaction.atomic
def withdraw(draft: Draft, *, by: Actor) -> None:
    """Nothing of the draft can be fetched any more; the text and its approval stay."""
    _may_publish(draft, by=by)
    locked = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if not Publication.objects.filter(draft=draft).live().update(withdrawn_at=timezone.now()):
        raise Conflict("Nothing of this draft is published.")
    if locked.state == DraftState.PUBLISHED:  # else a newer version is in the making: that goes on
        transitions.withdraw(draft.pk)


def _may_publish(draft: Draft, *, by: Actor) -> None:
    if by.api_key is None and (by.user is None or not can(by.user, draft.workspace, "approve")):
        raise Forbidden("Only an approver may publish or withdraw.")


def _free_slug(draft: Draft, *, wanted: str, version: Version, keep: str) -> str:
    """The address stays the same over versions: links and search engines rely on it."""
    if wanted:
        clean = slugify(wanted, max_length=MAX_SLUG, word_boundary=True, allow_unicode=True)
        if not clean:
            detail = f"“{wanted}” leaves nothing to put in an address. Use letters or digits."
            raise InvalidInput(detail, errors=[FieldError("invalid", detail, "#/slug")])
    else:
        clean = keep or _own_slug(draft, version=version)
    taken = set(
        Publication.objects.filter(workspace=draft.workspace, locale=draft.locale, slug__startswith=clean)
        .live()
        .values_list("slug", flat=True)
    )
    number, slug = 1, clean
    while slug in taken:
        number += 1
        slug = f"{clean}-{number}"
    return slug


def _own_slug(draft: Draft, *, version: Version) -> str:
    """From the written slug, else the title, as the language romanises it (ö as oe); `急須` stays as it
    is."""
    text = version.fields.get("slug") or next(iter(version.texts.values()), "")
    return slug_for(text, language=draft.locale, max_length=MAX_SLUG) or str(draft.pk)[:8]
