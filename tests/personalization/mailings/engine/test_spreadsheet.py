"""Cells that no spreadsheet runs, and links that come back."""

import pytest

from personalization.mailings.engine.spreadsheet import harmless, link_with


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49 40", "-1", "@sum", "\t=1", " =1", "\r=1", "＝1", '=HYPERLINK("x")']
)
def test_what_a_spreadsheet_would_run_is_made_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Anna", "12.50", "a=b", "jo@mail.example", "'quoted"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://s.example/p", "https://s.example/p?r=1"),
        ("https://s.example/p?a=&r=0#top", "https://s.example/p?a=&r=1#top"),
        ("", ""),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_parameters_are_put_into_web_addresses_only(url: str, expected: str) -> None:
    assert link_with(url, r="1") == expected
