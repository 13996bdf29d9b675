"""Country names and codes as shops write them, to ISO 3166-1 alpha-2; empty for what is no single country."""

from functools import cache

from babel import Locale

# Names that a shop's export uses and Unicode's English list does not.
_EXTRA = {
    "eire": "IE",
    "rsa": "ZA",
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "czech republic": "CZ",
    "hong kong": "HK",
    "turkey": "TR",
}


def country_code(name: str) -> str:
    text = name.strip()
    return _codes().get(text.lower(), text.upper() if text.upper() in _codes().values() else "")


@cache
def _codes() -> dict[str, str]:
    territories = Locale("en").territories
    names = {
        str(word).lower(): code for code, word in territories.items() if len(code) == 2 and code.isalpha()
    }
    return names | _EXTRA
