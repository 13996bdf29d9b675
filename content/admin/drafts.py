"""Drafts in the studio: the list, and the page where a text is read, edited, checked and approved."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, reverse

from content import selectors, services
from content.admin.drafting import draft_context, findings_json
from content.admin.pages import StudioPages, actor_of, attempt, register, told, workspace_of
from content.differences import differences
from content.locales import locale_name
from content.models import Draft, Version
from content.services.editing import check_unsaved
from content.templatetags.studio import state_chip
from omotenashi.accounts.permissions import Action
from omotenashi.errors import NotFound, PreconditionFailed

Step = Callable[[HttpRequest, Draft], HttpResponse]


@register(Draft)
class DraftAdmin(StudioPages):
    list_display = ["subject", "language", "state_word", "updated_at"]
    list_filter = ["state", "locale", "brief__content_type"]
    search_fields = ["brief__products__title", "locale"]
    ordering = ["-updated_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Draft]:
        return super().get_queryset(request).select_related("brief").prefetch_related("brief__products")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False  # drafts come from briefs

    @admin.display(description="Draft")
    def subject(self, draft: Draft) -> str:
        return str(draft.brief)

    @admin.display(description="Language", ordering="locale")
    def language(self, draft: Draft) -> str:
        return locale_name(draft.locale)

    @admin.display(description="State", ordering="state")
    def state_word(self, draft: Draft) -> str:
        return state_chip(draft.state)

    def get_urls(self) -> list[URLPattern]:
        steps: dict[str, tuple[Step, Action]] = {
            "save": (self.save, "write"), "check": (self.check_unsaved, "view"),
            "write-again": (self.write_again, "write"),
            "write-stale-again": (self.write_stale_again, "write"),
            "restore": (self.restore, "write"), "approve": (self.approve, "approve"),
            "ask-for-changes": (self.ask_for_changes, "approve"), "publish": (self.publish, "approve"),
            "withdraw": (self.withdraw, "approve"),
        }  # fmt: skip
        own = [
            self.route(
                f"<uuid:draft_id>/{word}/", _step(step, action=action), name=f"draft_{word.replace('-', '_')}"
            )
            for word, (step, action) in steps.items()
        ]
        compare = self.route("<uuid:draft_id>/versions/<int:number>/", self.compare, name="draft_compare")
        return [*own, compare, *super().get_urls()]

    @told
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        workspace = workspace_of(request, action="view")
        draft = selectors.access_draft(workspace, draft_id=object_id or "")
        return self.draft_page(request, draft)

    def draft_page(self, request: HttpRequest, draft: Draft, **more: Any) -> HttpResponse:
        title = f"{draft.brief} · {locale_name(draft.locale)}"
        return self.page(request, "content/draft.html", title=title, **draft_context(draft), **more)

    def save(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        fields = _fields(request)
        try:
            version = services.edit_draft(
                draft, fields=fields, base_number=_number(request), by=actor_of(request)
            )
        except PreconditionFailed as error:  # the person's words stay on the screen
            page = self.draft_page(request, draft, unsaved=fields, problem=error.detail)
            page.status_code = error.status
            return page
        errors = version.error_count
        done = f"Saved as version {version.number}. " + (
            f"{errors} finding(s) still need work." if errors else "Nothing stands in the way of approval."
        )
        return attempt(request, lambda: None, done=done, back=_page(draft))

    @staticmethod
    def check_unsaved(request: HttpRequest, draft: Draft) -> HttpResponse:
        """Findings and claims of the text in the form, unsaved: asked for while someone types."""
        return JsonResponse(findings_json(*check_unsaved(draft, fields=_fields(request))))

    @staticmethod
    def write_again(request: HttpRequest, draft: Draft) -> HttpResponse:
        field = request.POST.get("field", "")
        done = "One field is being written again." if field else "The draft is being written again."
        return attempt(
            request, lambda: services.write_again(draft, fields=[field] if field else []), done=done,
            back=_page(draft),
        )  # fmt: skip

    @staticmethod
    def write_stale_again(request: HttpRequest, draft: Draft) -> HttpResponse:
        done = "The fields whose facts have changed are being written again."
        return attempt(request, lambda: services.write_stale_again(draft), done=done, back=_page(draft))

    @staticmethod
    def restore(request: HttpRequest, draft: Draft) -> HttpResponse:
        number = _number(request)
        return attempt(
            request, lambda: services.restore_version(draft, number=number, by=actor_of(request)),
            done=f"Version {number} is back, as a new version.", back=_page(draft),
        )  # fmt: skip

    @staticmethod
    def approve(request: HttpRequest, draft: Draft) -> HttpResponse:
        return attempt(
            request, lambda: services.approve(draft, number=_number(request), by=actor_of(request)),
            done="Approved. It can be published now.", back=_page(draft),
        )  # fmt: skip

    @staticmethod
    def ask_for_changes(request: HttpRequest, draft: Draft) -> HttpResponse:
        number, comment = _number(request), request.POST.get("comment", "")
        return attempt(
            request,
            lambda: services.ask_for_changes(draft, number=number, comment=comment, by=actor_of(request)),
            done="Your note is with the author.", back=_page(draft),
        )  # fmt: skip

    @staticmethod
    def publish(request: HttpRequest, draft: Draft) -> HttpResponse:
        slug = request.POST.get("slug", "")
        return attempt(
            request, lambda: services.publish(draft, by=actor_of(request), slug=slug),
            done="Published. Your shop's pages can fetch it now.", back=_page(draft),
        )  # fmt: skip

    @staticmethod
    def withdraw(request: HttpRequest, draft: Draft) -> HttpResponse:
        return attempt(
            request, lambda: services.withdraw(draft, by=actor_of(request)),
            done="Withdrawn. Your shop's pages cannot fetch it any more.", back=_page(draft),
        )  # fmt: skip

    @staticmethod
    @told
    def compare(request: HttpRequest, draft_id: str, number: int) -> HttpResponse:
        """What changed from an older version to the newest, as a fragment."""
        workspace = workspace_of(request, action="view")
        draft = selectors.access_draft(workspace, draft_id=draft_id)
        older = Version.objects.filter(draft=draft, number=number).first()
        if older is None:
            raise NotFound(f"This draft has no version {number}.")
        newest = selectors.latest_version(draft)
        changes = {name: differences(older.fields.get(name, ""), text) for name, text in newest.texts.items()}
        changed = {
            name: parts for name, parts in changes.items() if any(part.kind != "same" for part in parts)
        }
        return render(request, "content/compare.html", {"older": older, "newest": newest, "changed": changed})


def _step(step: Step, *, action: Action) -> Callable[..., HttpResponse]:
    @told
    def view(request: HttpRequest, draft_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        workspace = workspace_of(request, action=action)
        return step(request, selectors.access_draft(workspace, draft_id=draft_id))

    return view


def _page(draft: Draft) -> str:
    return reverse("admin:content_draft_change", args=[draft.pk])


def _fields(request: HttpRequest) -> dict[str, str]:
    prefix = "field-"
    return {
        name.removeprefix(prefix): str(text) for name, text in request.POST.items() if name.startswith(prefix)
    }


def _number(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0
