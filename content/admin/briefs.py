"""Briefs in the studio: the list, the form for a new one, and the page that shows it being written."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html_join

from content import selectors, services
from content.admin.pages import StudioPages, actor_of, register, told, workspace_of
from content.labels import CONTENT_TYPES
from content.locales import locale_name
from content.models import Brand, Brief, ContentPlan, ContentType, Length, Version
from content.templatetags.studio import state_chip
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.errors import InvalidInput, NotFound
from omotenashi.tokens.selectors import cost_of_group

MAX_SUGGESTIONS = 12
_OWN = "plan:"
"""Before the short name of an own plan, where the form names what to write."""


@register(Brief)
class BriefAdmin(StudioPages):
    list_display = ["subject", "content_type", "progress", "created_by", "created_at"]
    list_filter = ["content_type"]
    search_fields = ["products__title", "keyphrases", "audience"]
    list_select_related = ["created_by", "plan"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Brief]:
        return super().get_queryset(request).prefetch_related("products", "drafts")

    @admin.display(description="Brief")
    def subject(self, brief: Brief) -> str:
        return str(brief)

    @admin.display(description="Drafts")
    def progress(self, brief: Brief) -> str:
        rows = [(draft.locale, state_chip(draft.state)) for draft in brief.drafts.all()]
        return format_html_join(" ", '<span class="st-locale-state"><b>{}</b>{}</span>', rows)

    def get_urls(self) -> list[URLPattern]:
        return [
            self.route("products/", self.suggest_products, name="brief_products"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        return self.brief_page(request, object_id) if object_id else self.new_brief(request)

    def new_brief(self, request: HttpRequest) -> HttpResponse:
        workspace = workspace_of(request, action="write")
        given, errors = _given(request, workspace=workspace), {}
        if request.method == "POST":
            try:
                brief = services.create_brief(workspace, brief=given, by=actor_of(request))
            except InvalidInput as error:
                errors = _errors(error)
            else:
                return HttpResponseRedirect(reverse("admin:content_brief_change", args=[brief.pk]))
        context = _form_context(workspace, given=given, errors=errors)
        return self.page(request, "content/brief_form.html", title="New brief", **context)

    @staticmethod
    def suggest_products(request: HttpRequest) -> HttpResponse:
        """Products for the picker, as JSON."""
        workspace = workspace_of(request, action="view")
        words = request.GET.get("q", "").split()[:6]
        found = Product.objects.for_workspace(workspace).filter(archived_at=None)
        for word in words:
            found = found.filter(
                Q(title__icontains=word)
                | Q(external_id__iexact=word)
                | Q(sku__iexact=word)
                | Q(titles__title__icontains=word)
            )
        rows = found.distinct().order_by("title")[:MAX_SUGGESTIONS]
        return JsonResponse({"results": [_suggestion(product) for product in rows]})

    @told
    def brief_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        workspace = workspace_of(request, action="view")
        brief = selectors.access_brief(workspace, brief_id=object_id)
        rows = brief.drafts.select_related("job").prefetch_related(_newest())
        drafts = sorted(rows, key=lambda draft: brief.locales.index(draft.locale))
        busy = [job for job in [brief.job, *(draft.job for draft in drafts)] if job and not job.is_finished]
        return self.page(
            request, "content/brief.html", title=str(brief), brief=brief, drafts=drafts,
            icon=CONTENT_TYPES[brief.content_type][0], busy_jobs=busy,
            cost=cost_of_group(workspace, group=str(brief.pk)),
        )  # fmt: skip


def _newest() -> Prefetch:
    return Prefetch("versions", queryset=Version.objects.order_by("-number"), to_attr="by_age")


def _given(request: HttpRequest, *, workspace: Workspace) -> services.BriefInput:
    """From the form as sent; else from the brief named by `?from=`; else the workspace's habits."""
    if request.method == "POST":
        data, locales = request.POST, request.POST.getlist("locales")
        kind = data.get("content_type", "")
        is_own = kind.startswith(_OWN)
        return services.BriefInput(
            content_type="" if is_own else kind, plan=kind.removeprefix(_OWN) if is_own else "",
            product_ids=data.getlist("products"), locales=locales,
            keyphrases={tag: data.get(f"keyphrase-{tag}", "") for tag in locales},
            call_to_action={tag: data.get(f"call_to_action-{tag}", "") for tag in locales},
            audience=data.get("audience", ""), length=data.get("length", Length.MEDIUM),
            brand=data.get("brand", ""),
        )  # fmt: skip
    if request.GET.get("from"):
        try:
            return _copy(selectors.access_brief(workspace, brief_id=request.GET["from"]))
        except NotFound:
            pass  # gone, or never ours: an empty form is as good an answer
    return services.BriefInput(
        content_type=ContentType.PRODUCT_DESCRIPTION, product_ids=request.GET.getlist("product"),
        locales=selectors.locales_of(workspace),
    )  # fmt: skip


def _copy(brief: Brief) -> services.BriefInput:
    return services.BriefInput(
        content_type="" if brief.plan else brief.content_type, plan=brief.plan.key if brief.plan else "",
        product_ids=[product.external_id for product in brief.ordered_products],
        locales=brief.locales, keyphrases=brief.keyphrases, audience=brief.audience, length=brief.length,
        call_to_action=brief.call_to_action, brand=brief.brand.name,
    )  # fmt: skip


def _form_context(
    workspace: Workspace, *, given: services.BriefInput, errors: dict[str, list[str]]
) -> dict[str, Any]:
    known = dict.fromkeys([*selectors.locales_of(workspace), *given.locales])
    chosen = Product.objects.for_workspace(workspace).filter(external_id__in=given.product_ids)
    return {
        "given": given,
        "errors": errors,
        "types": [*_packaged_types(), *_own_types(workspace)],
        "chosen_type": f"{_OWN}{given.plan}" if given.plan else given.content_type,
        "lengths": Length.choices,
        "locales": [(tag, locale_name(tag), tag in given.locales) for tag in known],
        "chosen": [_suggestion(product) for product in chosen],
        "brands": list(Brand.objects.for_workspace(workspace).values_list("name", flat=True)),
        "has_products": Product.objects.for_workspace(workspace).exists(),
    }


def _packaged_types() -> list[tuple[str, ...]]:
    return [(value, label, *CONTENT_TYPES[value]) for value, label in ContentType.choices]


def _own_types(workspace: Workspace) -> list[tuple[str, ...]]:
    plans = ContentPlan.objects.for_workspace(workspace)
    return [
        (
            f"{_OWN}{plan.key}", plan.name, CONTENT_TYPES[plan.content_type][0],
            f"Your plan of: {ContentType(plan.content_type).label.lower()}.",
        )
        for plan in plans
    ]  # fmt: skip


def _suggestion(product: Product) -> dict[str, str]:
    return {"id": product.external_id, "title": product.title, "image": product.image_url, "sku": product.sku}


def _errors(error: InvalidInput) -> dict[str, list[str]]:
    """`#/locales/0` → what to show below `locales`."""
    found: dict[str, list[str]] = {}
    for item in error.errors:
        name = item.pointer.removeprefix("#/").split("/")[0]
        found.setdefault(name, []).append(item.detail)
    return found
