"""Publications in the studio: what the world can fetch, as it fetches it."""

import json
from typing import Any

from django.contrib import admin
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse

from content import selectors
from content.admin.pages import StudioPages, register, told, workspace_of
from content.internal_links import link_suggestions
from content.locales import locale_name
from content.models import Publication
from content.packages import package_of


@register(Publication)
class PublicationAdmin(StudioPages):
    list_display = ["subject", "language", "slug", "is_live", "published_by", "created_at"]
    list_filter = ["locale"]
    search_fields = ["slug", "draft__brief__products__title"]
    list_select_related = ["draft__brief", "published_by", "approval__version"]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False  # publications come from approved drafts

    @admin.display(description="Publication")
    def subject(self, publication: Publication) -> str:
        return publication.headline

    @admin.display(description="Language", ordering="locale")
    def language(self, publication: Publication) -> str:
        return locale_name(publication.locale)

    @admin.display(description="Live", boolean=True)
    def is_live(self, publication: Publication) -> bool:
        return publication.withdrawn_at is None

    @told
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        workspace = workspace_of(request, action="view")
        publication = selectors.access_publication(workspace, publication_id=object_id or "", live_only=False)
        package = package_of(publication)
        return self.page(
            request, "content/publication.html", title=self.subject(publication), publication=publication,
            package=package, links=link_suggestions(publication),
            as_json=json.dumps(package, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder),
        )  # fmt: skip
