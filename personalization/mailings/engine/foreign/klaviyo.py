"""Klaviyo: Django's template language, near to Liquid: `{{ first_name|default:'friend' }}`."""

import re

from personalization.mailings.engine.foreign.translation import Translation, noted, trait

_NAMES = {
    "first_name": "customer.first_name",
    "last_name": "customer.last_name",
    "email": "customer.email",
    "person.first_name": "customer.first_name",
    "person.last_name": "customer.last_name",
    "person.email": "customer.email",
    "person.location.country": "customer.country",
    "organization.name": "shop.name",
    "organization.url": "shop.url",
    "organization.full_address": "shop.postal_address",
    "organization.address": "shop.postal_address",
    "forloop.counter": "forloop.index",
    "forloop.counter0": "forloop.index0",
}
_LINKS = {
    "unsubscribe": "unsubscribe_url",
    "unsubscribe_link": "unsubscribe_url",
    "manage_preferences": "preferences_url",
    "manage_preferences_link": "preferences_url",
    "web_view": "view_in_browser_url",
    "web_view_link": "view_in_browser_url",
}
# These print a whole link, with a text of their own where one is given.
_WHOLE = {"unsubscribe", "manage_preferences", "web_view"}
_TEXTS = {"unsubscribe": "Unsubscribe", "manage_preferences": "Preferences", "web_view": "View in browser"}
_LINK = re.compile(r"\{%\s*(?P<name>[a-z_]+)(?:\s+(?P<quote>['\"])(?P<text>.*?)(?P=quote))?\s*%\}")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_LOOKUP = re.compile(r"person\s*\|\s*lookup:\s*(['\"])(?P<name>.+?)\1")
# A text in quotes, or a name with dots that no other name runs into.
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w.])[A-Za-z_][\w]*(?:\.[\w]+)*")
_WITHOUT = re.compile(r"(?<![\w.\"'])(?:event|catalog|feeds)\.[\w.]+|\b(?:coupon_code|show)\b")


def translate(text: str) -> Translation:
    missing: list[str] = []

    def tag(found: re.Match[str]) -> str:
        inside = _LOOKUP.sub(lambda asked: trait(asked["name"]), found[0])
        inside = _WORD.sub(_word, inside)
        missing.extend(one[0] for one in _WITHOUT.finditer(inside))
        return inside

    return Translation(_TAG.sub(tag, _LINK.sub(_link, text)), noted(missing))


def _word(found: re.Match[str]) -> str:
    word = found[0]
    if word in _NAMES:
        return _NAMES[word]
    return trait(word.removeprefix("person.")) if word.startswith("person.") else word


def _link(found: re.Match[str]) -> str:
    name = found["name"]
    if name not in _LINKS:
        return found[0]
    address = f"{{{{ {_LINKS[name]} }}}}"
    return f'<a href="{address}">{found["text"] or _TEXTS[name]}</a>' if name in _WHOLE else address
