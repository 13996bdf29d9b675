"""The preference page as it is seen and read out: contrast, width, names of controls, direction."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page

from omotenashi.accounts.models import Workspace
from personalization.mailings.models import Campaign, Message
from personalization.mailings.preference_words import WORDS
from personalization.mailings.tokens import links_for
from tests.browser import page
from tests.personalization.mailings.conftest import CustomerFactory, Relay, send
from tests.personalization.mailings.test_mail_pictures import PALE_TEXTS, SCHEMES, TOO_WIDE, WIDTHS, keep

pytestmark = pytest.mark.django_db
__all__ = ["page"]  # fixture


@pytest.fixture(params=["en", "ja", "ar"])
def shown(
    request: pytest.FixtureRequest, campaign: Campaign, relay: Relay, customer_factory: CustomerFactory,
    workspace: Workspace,
) -> tuple[str, str]:  # fmt: skip
    """Language and HTML; asked for before the browser's loop runs in this thread."""
    language: str = request.param
    Workspace.objects.filter(pk=workspace.pk).update(locales=["en", "de", "ja", "ar"])
    customer_factory(locale=language)
    send(campaign)
    path = "/" + links_for(Message.objects.get()).preferences.split("/", 3)[3]
    return language, Client().get(path).content.decode()


def test_it_is_legible_and_every_control_has_a_name(shown: tuple[str, str], page: Page) -> None:
    language, html = shown
    words = WORDS[language]
    for scheme in SCHEMES:
        for device, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.set_content(html)
            keep(page, name=f"preferences-{language}-{device}-{scheme}")
            assert page.evaluate(PALE_TEXTS) == []
            assert page.evaluate(TOO_WIDE) <= 0
    for name, _ in words.kinds.values():
        assert page.get_by_role("checkbox", name=name).is_checked()
    assert page.get_by_role("radio").count() == len(words.frequencies)
    assert page.get_by_role("group", name=words.kinds_question).count() == 1
    assert page.get_by_label(words.language).input_value() == language
    assert page.get_by_role("button").all_inner_texts() == [words.save, words.leave_button]
    box, text = (page.locator(own).first.bounding_box() for own in ("input[name=kind]", "fieldset span"))
    assert box is not None
    assert text is not None
    assert (box["x"] > text["x"]) == (language == "ar")
