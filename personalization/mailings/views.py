"""Pages that a mail links to: unsubscribe (RFC 8058), preferences, and "read in your browser".

No log-in, no cookie: the token in the address is the proof.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from omotenashi.errors import NotFound
from personalization.mailings.engine.liquid import direction_of
from personalization.mailings.engine.preferences import Frequency
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.letters import letter_as_sent
from personalization.mailings.models import Suppression
from personalization.mailings.pages import WORDS, language_of
from personalization.mailings.preference_words import WORDS as PREFERENCE_WORDS
from personalization.mailings.preference_words import languages_of
from personalization.mailings.services import unsubscribe
from personalization.mailings.services.clicks import follow
from personalization.mailings.services.preferences import Choice, choose, preference_of
from personalization.mailings.tokens import Recipient, message_of, recipient_of

_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@csrf_exempt  # RFC 8058: the mail provider posts without a cookie; the signed token is the proof.
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing, for scanners follow links. POST unsubscribes, at once."""
    try:
        recipient = recipient_of(token)
    except NotFound as error:
        return _lost(request, detail=error.detail)
    is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    if request.method == "POST" and (is_one_click or "confirm" in request.POST):
        unsubscribe(recipient, source="one-click" if is_one_click else "unsubscribe page")
        return _page(request, recipient=recipient, is_done=True)
    return _page(request, recipient=recipient, is_done=_is_unsubscribed(recipient))


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what was chosen and changes nothing. POST saves it, or leaves the list altogether."""
    try:
        recipient = recipient_of(token)
    except NotFound as error:
        return _lost(request, detail=error.detail)
    if request.method == "POST" and "leave" in request.POST:
        unsubscribe(recipient, source="preference page")
    if _is_unsubscribed(recipient):
        return _page(request, recipient=recipient, is_done=True)
    is_saved = request.method == "POST" and "save" in request.POST
    if is_saved:
        choose(recipient, _choice(request, recipient=recipient))
    return _preferences(request, recipient=recipient, is_saved=is_saved)


def _choice(request: HttpRequest, *, recipient: Recipient) -> Choice:
    """What is not on the form counts as not said."""
    frequency, locale = request.POST.get("frequency", ""), request.POST.get("locale", "")
    known = [tag for tag, *_ in languages_of(recipient.workspace, reader=recipient.locale)]
    return Choice(
        wanted_kinds=request.POST.getlist("kind"),
        frequency=frequency if frequency in set(Frequency) else Frequency.ANY,
        locale=locale if locale in known else "",
    )


@require_http_methods(["GET", "HEAD"])
def browser_page(request: HttpRequest, token: str) -> HttpResponse:
    """The letter as a page. It can run nothing: see its policy."""
    try:
        html = letter_as_sent(message_of(token)).render().html
    except NotFound as error:
        return _lost(request, detail=error.detail)
    except TemplateRefused:
        return _lost(request, detail="This letter can no longer be shown.")
    response = HttpResponse(html)
    return _private(response, policy=LETTER_POLICY)


@require_http_methods(["GET", "HEAD"])
def product_link(request: HttpRequest, token: str, position: int) -> HttpResponse:
    """On to the product's page in the shop. Leads nowhere else: the address itself is not in the link."""
    try:
        message = message_of(token)
        is_person = request.method == "GET" and not _is_ahead_of_time(request)
        address = follow(message, position=position, now=timezone.now() if is_person else None)
    except NotFound as error:
        return _lost(request, detail=error.detail)
    return _private(HttpResponseRedirect(address), policy=_PAGE_POLICY)


def _is_ahead_of_time(request: HttpRequest) -> bool:
    """A browser that fetches what somebody may click on next."""
    said = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" in said or "preview" in said


def _is_unsubscribed(recipient: Recipient) -> bool:
    rows = Suppression.objects.for_workspace(recipient.workspace).filter(address_normalized=recipient.address)
    return bool(rows.exists())


def _page(request: HttpRequest, *, recipient: Recipient, is_done: bool) -> HttpResponse:
    words = WORDS[language_of(recipient.locale)]
    context = _shop_of(recipient) | {
        "words": words,
        "title": words.title.replace("{shop}", recipient.workspace.name),
        "is_done": is_done,
        "token": request.resolver_match.kwargs["token"] if request.resolver_match else "",
    }
    return _spoken(request, template="mailings/unsubscribe.html", context=context)


def _preferences(request: HttpRequest, *, recipient: Recipient, is_saved: bool) -> HttpResponse:
    chosen = preference_of(recipient)
    locale = (chosen.locale if chosen else "") or recipient.locale
    words = PREFERENCE_WORDS[language_of(locale)]
    declined = chosen.declined_kinds if chosen else []
    context = _shop_of(recipient, locale=locale) | {
        "words": words,
        "title": words.title.replace("{shop}", recipient.workspace.name),
        "is_saved": is_saved,
        "kinds": [(kind, kind not in declined, *texts) for kind, texts in words.kinds.items()],
        "frequencies": words.frequencies.items(),
        "frequency": chosen.frequency if chosen else Frequency.ANY,
        "languages": languages_of(recipient.workspace, reader=locale),
    }
    return _spoken(request, template="mailings/preferences.html", context=context)


def _shop_of(recipient: Recipient, *, locale: str = "") -> dict[str, Any]:
    language = language_of(locale or recipient.locale)
    return {
        "shop": recipient.workspace.name, "shop_url": recipient.workspace.site_url,
        "address": recipient.address, "locale": language, "direction": direction_of(language),
    }  # fmt: skip


def _spoken(request: HttpRequest, *, template: str, context: dict[str, Any]) -> HttpResponse:
    with translation.override(context["locale"]):
        return _private(render(request, template, context), policy=_PAGE_POLICY)


def _lost(request: HttpRequest, *, detail: str) -> HttpResponse:
    context = {"detail": detail, "locale": "en", "direction": "ltr"}
    return _private(render(request, "mailings/lost.html", context, status=404), policy=_PAGE_POLICY)


def _private(response: HttpResponse, *, policy: str) -> HttpResponse:
    response["Content-Security-Policy"] = policy
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
