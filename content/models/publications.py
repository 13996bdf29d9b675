"""What the world can fetch: an approved version under a slug, with its SEO package."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.text import Truncator

from content.models.drafts import Approval, Draft, Version
from omotenashi.records import WorkspaceModel, WorkspaceQuerySet

LIVE = models.Q(withdrawn_at=None)


class PublicationQuerySet(WorkspaceQuerySet):
    def live(self) -> Self:
        return self.filter(LIVE)


class Publication(WorkspaceModel):
    """Points at the *approval* of a version: a text nobody approved cannot even be stored here."""

    draft = models.ForeignKey(Draft, on_delete=models.RESTRICT, related_name="publications")
    approval = models.ForeignKey(
        Approval,
        to_field="version",
        db_column="version_id",
        on_delete=models.RESTRICT,
        related_name="publications",
    )
    locale = models.CharField(max_length=35)
    slug = models.CharField(max_length=160)
    seo = models.JSONField(default=dict)
    """title, meta_description, canonical, json_ld. Language siblings are read live: they come and go."""
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = PublicationQuerySet.as_manager()  # Any: as in the base class

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft"], condition=LIVE, name="publication_one_live_per_draft"),
            models.UniqueConstraint(
                fields=["workspace", "locale", "slug"], condition=LIVE, name="publication_live_slug_once"
            ),
        ]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.locale}/{self.slug}"

    @property
    def headline(self) -> str:
        """What to call it in a list: a post has no title of its own."""
        first = next(iter(self.version.texts.values()), "")
        return self.seo.get("title") or Truncator(first).chars(70)

    @property
    def version(self) -> Version:
        return self.approval.version
