"""Rules by market in the studio: each pack as text to read and to edit; the packaged ones can be had back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from content import services
from content.admin.pages import StudioPages, actor_of, register, told, workspace_of
from content.engine.rule_packs import PACKAGED, packaged, packaged_text, parse_rule_pack
from content.models import RulePack
from omotenashi.errors import InvalidInput

NEW = "new"
_EXAMPLE = """[pack]
name = Our own rules
markets =

[no-kettles]
severity = warning
message = We sell teapots.
remedy = Write teapot.
en = kettle | kettles
de = Wasserkocher

[allowed]
phrases =
"""


@register(RulePack)
class RulePackAdmin(StudioPages):
    def get_urls(self) -> list[URLPattern]:
        return [self.route("pack/<slug:key>/", self.pack_page, name="rulepack_pack"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False  # a pack begins on its own page

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        workspace = workspace_of(request, action="view")
        stored = {row.key: row for row in RulePack.objects.for_workspace(workspace)}
        rows = [_row(key, stored.get(key)) for key in dict.fromkeys([*PACKAGED, *stored])]
        return self.page(request, "content/rule_packs.html", title="Rules by market", packs=rows)

    @told
    def pack_page(self, request: HttpRequest, key: str) -> HttpResponse:
        workspace = workspace_of(request, action="write" if request.method == "POST" else "view")
        row = RulePack.objects.for_workspace(workspace).filter(key=key).first()
        text = row.text if row else packaged_text(key) if key in PACKAGED else _EXAMPLE
        if request.method == "POST":
            text = request.POST.get("text", "")
            try:
                return self._save(request, key=key, text=text)
            except InvalidInput as error:
                messages.error(request, error.detail)
        return self.page(
            request, "content/rule_pack.html", title=_name(key, row), key=key, text=text, pack=row,
            is_packaged=key in PACKAGED, is_new=key == NEW,
        )  # fmt: skip

    @staticmethod
    def _save(request: HttpRequest, *, key: str, text: str) -> HttpResponse:
        workspace = workspace_of(request, action="write")
        if "reset" in request.POST:
            services.reset_rule_pack(workspace, key=key)
            messages.success(
                request, "The packaged rules are back." if key in PACKAGED else "The pack is gone."
            )
        else:
            wanted = request.POST.get("key", "") if key == NEW else key
            services.save_rule_pack(
                workspace, key=wanted, text=text, is_on="is_on" in request.POST, by=actor_of(request)
            )
            messages.success(request, "Saved. The rules apply to every text from now on.")
        return HttpResponseRedirect(reverse("admin:content_rulepack_changelist"))


def _row(key: str, stored: RulePack | None) -> dict[str, Any]:
    pack = parse_rule_pack(stored.text, key=key) if stored else packaged(key)
    state = "Off" if stored and not stored.is_on else "Edited by you" if stored and key in PACKAGED else ""
    return {
        "key": key, "name": pack.name, "markets": " ".join(sorted(pack.markets)) or "every market",
        "rules": len(pack.rules), "state": state or ("Yours" if stored else "As packaged"),
    }  # fmt: skip


def _name(key: str, stored: RulePack | None) -> str:
    if stored is not None:
        return parse_rule_pack(stored.text, key=key).name
    return packaged(key).name if key in PACKAGED else "New rules"
