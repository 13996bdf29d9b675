"""Language tags (BCP 47) as keys: one spelling for each, and which one stands in for which."""

import re

# language, script?, region?, variants or extensions; enough to tell a tag from a typo without a registry
_TAG = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-[a-z0-9]{5,8})*", re.IGNORECASE)


def normalize_locale(tag: str) -> str:
    """`pt_br` → `pt-BR`, `ZH-hant-tw` → `zh-Hant-TW`; ValueError where it is no tag."""
    text = tag.strip().replace("_", "-")
    if len(text) > 35 or not _TAG.fullmatch(text):
        raise ValueError(f"{tag[:40]!r} is no language tag. Write one such as de, ja-JP or zh-Hant-TW.")
    first, *rest = text.split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()


def fallbacks(locale: str) -> list[str]:
    """From the tag itself to its bare language: `zh-Hant-TW`, `zh-Hant`, `zh`."""
    parts = locale.replace("_", "-").split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
