"""Language tags: made standard, refused with a suggestion, named for people."""

import langcodes
from babel import Locale, UnknownLocaleError
from langcodes.tag_parser import LanguageTagError

EXAMPLES = "en-GB, de-DE, ja-JP"


def standard_locale(tag: str) -> str:
    """`de_de` → `de-DE`. Raises ValueError, with the remedy, for what is no tag or names no country."""
    try:
        standard: str = langcodes.standardize_tag(tag.strip())
        written: str = langcodes.Language.get(tag.strip(), normalize=False).to_tag()
    except LanguageTagError:
        raise ValueError(f"“{tag}” is not a language tag. Use one such as {EXAMPLES}.") from None
    if standard.lower() != written.lower():
        raise ValueError(f"“{tag}” is not a language tag. Did you mean {standard}?")
    if not langcodes.tag_is_valid(standard) or not _is_known(standard):
        raise ValueError(f"“{tag}” names no known language and country. Use one such as {EXAMPLES}.")
    return standard


def locale_name(tag: str) -> str:
    """For people, in English: `de-DE` → `German (Germany)`, `ja` → `Japanese`."""
    try:
        return str(Locale.parse(tag, sep="-").get_display_name("en"))
    except (UnknownLocaleError, ValueError):
        return tag


def language_name(tag: str) -> str:
    return locale_name(tag).partition(" (")[0]


def _is_known(tag: str) -> bool:
    """`tag_is_valid` lets private-use countries such as `en-XX` through; CLDR's list of names does not."""
    territory = langcodes.Language.get(tag).territory
    unreal = {"XA", "XB", "ZZ"}
    return territory is None or (territory in Locale("en").territories and territory not in unreal)
