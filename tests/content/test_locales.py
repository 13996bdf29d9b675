"""Language tags as people write them."""

import pytest

from content.locales import locale_name, standard_locale


@pytest.mark.parametrize(
    ("given", "standard"),
    [("de", "de"), ("de_at", "de-AT"), (" ja-jp ", "ja-JP"), ("zh-hant-tw", "zh-Hant-TW")],
)
def test_it_writes_a_tag_in_the_standard_way(given: str, standard: str) -> None:
    assert standard_locale(given) == standard


@pytest.mark.parametrize(
    ("given", "remedy"),
    [("en-UK", "en-GB"), ("klingon", "de-DE"), ("", "de-DE"), ("en-XX", "de-DE"), ("xx-YY", "de-DE")],
)
def test_it_refuses_what_is_no_tag_and_says_what_to_write(given: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        standard_locale(given)


def test_it_names_languages_for_people() -> None:
    assert (locale_name("de-DE"), locale_name("ja")) == ("German (Germany)", "Japanese")
