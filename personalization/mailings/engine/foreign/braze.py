"""Braze: Liquid already, with names of its own, such as `{{ ${first_name} | default: 'friend' }}`."""

import re

from personalization.mailings.engine.foreign.translation import Translation, noted, trait

_NAMES = {
    "first_name": "customer.first_name",
    "last_name": "customer.last_name",
    "email_address": "customer.email",
    "language": "customer.locale",
    "country": "customer.country",
    "unsubscribe_url": "unsubscribe_url",
    "set_user_to_unsubscribed_url": "unsubscribe_url",
    "set_user_to_opted_in_url": "preferences_url",
    "email_footer": "shop.postal_address",
}
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NAME = re.compile(r"(?:(?P<owner>[a-z_]+)\.)?\$\{(?P<name>[^}]+)\}")
_TAGS_WITHOUT = re.compile(
    r"\{%-?\s*(?:connected_content|abort_message|message_extras|catalog_items)\b.*?%\}", re.DOTALL
)


def translate(text: str) -> Translation:
    missing: list[str] = []

    def name(found: re.Match[str]) -> str:
        owner, own = found["owner"], found["name"].strip()
        if owner == "custom_attribute":
            return trait(own)
        if owner is None and own in _NAMES:
            return _NAMES[own]
        missing.append(found[0])
        return found[0]

    translated = _TAG.sub(lambda tag: _NAME.sub(name, tag[0]), text)
    missing += [found[0] for found in _TAGS_WITHOUT.finditer(translated)]
    return Translation(translated, noted(missing))
