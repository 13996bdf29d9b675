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
    word, sign, value = found["word"], found["sign"], (found["value"] or "").strip().strip('"')
    left = _variable(found["name"]) or "nil"
    if sign:
        quoted = value if _NUMBER.fullmatch(value) else '"' + value.replace('"', "") + '"'
        left = f"{left} {'==' if sign == '=' else sign} {quoted}"
    else:
        # Without a sign: whether it is filled. In Liquid an empty text is true.
        left = f"{left} {'==' if word == 'IFNOT' else '!='} blank"
        return f"{{% {'elsif' if word == 'ELSEIF' else 'if'} {left} %}}"
    liquid = {"IF": "if", "IFNOT": "unless", "ELSEIF": "elsif"}[word]
    # `endif` closes them all, so a negation is written out.
    return f"{{% {liquid} {left} %}}" if liquid != "unless" else f"{{% if {left} %}}{{% else %}}"


def _variable(name: str) -> str:
    """Merge tags of the shop's own are traits in small letters; what has a colon is a function of Mailchimp's."""
    if name in _NAMES:
        return _NAMES[name]
    return f"customer.{name.lower()}" if SIMPLE.fullmatch(name) and name.isupper() else ""
