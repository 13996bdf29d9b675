"""Pages that a mail links to: unsubscribe (RFC 8058) and "read in your browser". No log-in, no cookie."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from omotenashi.errors import NotFound
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.letters import letter_as_sent
from personalization.mailings.models import Suppression
from personalization.mailings.pages import words_for
from personalization.mailings.services import unsubscribe
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


def _is_unsubscribed(recipient: Recipient) -> bool:
    rows = Suppression.objects.for_workspace(recipient.workspace).filter(address_normalized=recipient.address)
    return bool(rows.exists())


def _page(request: HttpRequest, *, recipient: Recipient, is_done: bool) -> HttpResponse:
    words = words_for(recipient.locale)
    context = {
        "words": words,
        "title": words.title.replace("{shop}", recipient.workspace.name),
        "shop": recipient.workspace.name,
        "shop_url": recipient.workspace.site_url,
        "address": recipient.address,
        "is_done": is_done,
        "locale": recipient.locale,
    }
    with translation.override(recipient.locale.partition("-")[0]):
        return _private(render(request, "mailings/unsubscribe.html", context), policy=_PAGE_POLICY)


def _lost(request: HttpRequest, *, detail: str) -> HttpResponse:
    context = {"detail": detail, "locale": "en"}
    return _private(render(request, "mailings/lost.html", context, status=404), policy=_PAGE_POLICY)


def _private(response: HttpResponse, *, policy: str) -> HttpResponse:
    response["Content-Security-Policy"] = policy
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
