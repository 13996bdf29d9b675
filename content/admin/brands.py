"""Brands and guidelines in the studio: one page to fill in; every save of changed rules is a new version."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from content import selectors, services
from content.admin.pages import StudioPages, actor_of, register, told, workspace_of
from content.locales import locale_name
from content.models import Brand
from content.rules import EMPTY
from omotenashi.accounts.models import Workspace
from omotenashi.errors import InvalidInput

EXAMPLE_BREAK = "---"


@register(Brand)
class BrandAdmin(StudioPages):
    list_display = ["name", "guideline_version", "updated_at"]
    search_fields = ["name"]

    @admin.display(description="Guideline")
    def guideline_version(self, brand: Brand) -> str:
        newest = brand.guideline
        return f"Version {newest.version}" if newest else "Not written yet"

    @told
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        workspace = workspace_of(
            request, action="write" if request.method == "POST" or not object_id else "view"
        )
        brand = _brand(workspace, brand_id=object_id)
        if request.method == "POST":
            try:
                return self._save(request, brand)
            except InvalidInput as error:
                messages.error(request, error.detail)
        rules = _rules(request.POST) if request.method == "POST" else _newest_rules(brand)
        tags = ["*", *dict.fromkeys([*selectors.locales_of(workspace), *_tags(rules)])]
        return self.page(
            request, "content/brand.html", title=brand.name or "New brand", brand=brand, rules=rules,
            sections=[_section(tag, rules=rules) for tag in tags], is_new=brand._state.adding,
            guidelines=[] if brand._state.adding else brand.guidelines.select_related("created_by")[:12],
        )  # fmt: skip

    @staticmethod
    def _save(request: HttpRequest, brand: Brand) -> HttpResponse:
        brand.name = " ".join(request.POST.get("name", "").split())[:120]
        brand.story = request.POST.get("story", "").strip()
        if not brand.name:
            raise InvalidInput("Give the brand its name, as customers know it.")
        twin = Brand.objects.for_workspace(brand.workspace).filter(name=brand.name).exclude(pk=brand.pk)
        if twin.exists():
            raise InvalidInput(
                f"There is a brand “{brand.name}” already. Open that one, or choose another name."
            )
        brand.save()
        guideline = services.save_guideline(brand, rules=_rules(request.POST), by=actor_of(request))
        messages.success(
            request, f"Saved. Guideline version {guideline.version} applies to every text from now on."
        )
        return HttpResponseRedirect(reverse("admin:content_brand_change", args=[brand.pk]))


def _brand(workspace: Workspace, *, brand_id: str | None) -> Brand:
    if not brand_id:
        return Brand(workspace=workspace)
    return selectors.access_brand(workspace, brand_id=brand_id)


def _newest_rules(brand: Brand) -> dict[str, Any]:
    newest = None if brand._state.adding else brand.guideline
    return newest.rules if newest else EMPTY


def _rules(data: Mapping[str, str]) -> dict[str, Any]:
    """From the form: one term a line; examples set apart by a line of three dashes."""
    rules: dict[str, Any] = {"voice": data.get("voice", ""), "cased": data.get("cased", "").splitlines()}
    for name in ("formality", "banned", "required", "examples", "glossary"):
        prefix = f"{name}-"
        texts = {key.removeprefix(prefix): str(text) for key, text in data.items() if key.startswith(prefix)}
        rules[name] = {tag: _parsed(text, rule=name) for tag, text in texts.items()}
    return rules


def _parsed(text: str, *, rule: str) -> Any:  # Any: a text or a list, as the rule has it
    if rule == "formality":
        return text
    if rule == "examples":
        return [part.strip() for part in text.replace("\r\n", "\n").split(f"\n{EXAMPLE_BREAK}\n")]
    return text.splitlines()


def _tags(rules: Mapping[str, Any]) -> list[str]:
    names = ("formality", "banned", "required", "examples", "glossary")
    return [tag for name in names for tag in rules.get(name, {}) if tag != "*"]


def _section(tag: str, *, rules: Mapping[str, Any]) -> dict[str, str]:
    return {
        "tag": tag,
        "name": "All languages" if tag == "*" else locale_name(tag),
        "formality": rules.get("formality", {}).get(tag, ""),
        "banned": "\n".join(rules.get("banned", {}).get(tag, ())),
        "required": "\n".join(rules.get("required", {}).get(tag, ())),
        "glossary": "\n".join(rules.get("glossary", {}).get(tag, ())),
        "examples": f"\n{EXAMPLE_BREAK}\n".join(rules.get("examples", {}).get(tag, ())),
    }
