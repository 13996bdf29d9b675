"""Values kept as they stand on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from markupsafe import Markup

from personalization.mailings.engine import pieces
from personalization.mailings.engine.quoted import quoted


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("Tea", "Tea"),
        ("Tea & <cake>", "Tea &amp; &lt;cake&gt;"),
        (Markup("<b>Tea</b>"), "<b>Tea</b>"),
        (Decimal("1.50"), "1.50"),
        (None, ""),
        (True, "true"),
        ("...", "..."),
        ("ä\r\nb", "ä\r\nb"),
    ],
    ids=str,
)
def test_a_kept_value_and_a_mails_own_say_the_same(value: Any, html: str) -> None:
    assert pieces.kept(value) == pieces.encoded(value) == quoted(html)


def test_text_is_never_taken_for_html_of_the_same_letters() -> None:
    assert pieces.kept(Markup("<i>")) == quoted("<i>")
    assert pieces.kept("<i>") == quoted("&lt;i&gt;")


def test_what_is_asked_for_again_outlives_what_one_mail_showed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "KEPT", 3)
    kept, encoded = pieces._Kept(), []

    def counted(text: str) -> bytes:
        encoded.append(text)
        return quoted(text)

    monkeypatch.setattr(pieces, "encoded", counted)
    for number in range(20):
        assert kept["title"] == quoted("title")
        assert kept[f"reason {number}"] == quoted(f"reason {number}")
    assert encoded.count("title") == 1
    assert len(kept) <= 3
