"""Mailchimp: merge tags such as `*|FNAME|*` and `*|IF:FNAME|* … *|END:IF|*`."""

import re

from personalization.mailings.engine.foreign.translation import SIMPLE, Translation, noted

_NAMES = {
    "FNAME": "customer.first_name",
    "LNAME": "customer.last_name",
    "EMAIL": "customer.email",
    "UNSUB": "unsubscribe_url",
    "UPDATE_PROFILE": "preferences_url",
    "ARCHIVE": "view_in_browser_url",
    "MC:SUBJECT": "subject",
    "MC_PREVIEW_TEXT": "preheader",
    "MC_LANGUAGE": "customer.locale",
    "LIST:COMPANY": "shop.name",
    "LIST:URL": "shop.url",
    "LIST:ADDRESS": "shop.postal_address",
    "LIST:ADDRESSLINE": "shop.postal_address",
    "HTML:LIST_ADDRESS_HTML": "shop.postal_address",
    "CURRENT_YEAR": 'now | date: "yyyy"',
}
_FILTERS = {"TITLE": "capitalize", "UPPER": "upcase", "LOWER": "downcase"}
_TAG = re.compile(r"\*\|(?P<tag>[^|]+)\|\*")
_CONDITION = re.compile(
    r"(?P<word>IF|IFNOT|ELSEIF):\s*(?P<name>[A-Z0-9_]+)\s*(?:(?P<sign>!=|>=|<=|=|>|<)\s*(?P<value>.+))?"
)
_OPPOSITES = {"==": "!=", "!=": "==", ">": "<=", "<=": ">", "<": ">=", ">=": "<"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def translate(text: str) -> Translation:
    missing: list[str] = []

    def tag(found: re.Match[str]) -> str:
        translated = _tag(found["tag"].strip())
        if translated is None:
            missing.append(found[0])
        return translated if translated is not None else found[0]

    return Translation(_TAG.sub(tag, text), noted(missing))


def _tag(tag: str) -> str | None:
    if tag in {"END:IF", "END:IFNOT"}:
        return "{% endif %}"
    if tag in {"ELSE:", "ELSE"}:
        return "{% else %}"
    if condition := _CONDITION.fullmatch(tag):
        return _condition(condition)
    before, _, name = tag.partition(":")
    if before in _FILTERS and _variable(name):
        return f"{{{{ {_variable(name)} | {_FILTERS[before]} }}}}"
    variable = _NAMES.get(tag) or _variable(tag)
    return f"{{{{ {variable} }}}}" if variable else None


def _condition(found: re.Match[str]) -> str:
    word = "elsif" if found["word"] == "ELSEIF" else "if"
    name, is_not = _variable(found["name"]), found["word"] == "IFNOT"
    if not found["sign"]:
        # Whether it is filled. In Liquid an empty text is true, and what is missing is not blank.
        filled = f"{name} == nil or {name} == blank" if is_not else f"{name} and {name} != blank"
        return f"{{% {word} {filled} %}}"
    sign = "==" if found["sign"] == "=" else found["sign"]
    given = found["value"].strip().strip('"')
    value = given if _NUMBER.fullmatch(given) else '"' + given.replace('"', "") + '"'
    # Not `unless`: Mailchimp closes both with the same tag.
    return f"{{% {word} {name} {_OPPOSITES[sign] if is_not else sign} {value} %}}"


def _variable(name: str) -> str:
    """Merge tags of the shop's own are traits in small letters; a colon is for its functions."""
    if name in _NAMES:
        return _NAMES[name]
    return f"customer.{name.lower()}" if SIMPLE.fullmatch(name) and name.isupper() else ""
