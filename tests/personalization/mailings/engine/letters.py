"""A mail's content for the engine's tests."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from personalization.mailings.engine.mime import Envelope
from personalization.mailings.engine.render import MailContent, ProductSlot, Shop, TemplateSource

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BOWL = ProductSlot(
    product_id="bowl",
    title="Ash-glaze rice bowl",
    url="/p/bowl",
    image_url="/i/bowl.jpg",
    price=Decimal("1228.50"),
    currency="EUR",
    reason="Often bought with chopsticks",
)
CONTENT = MailContent(
    locale="en",
    now=NOW,
    customer={"first_name": "Mina", "email": "mina@mail.example"},
    shop=Shop("Tansu & Thyme", "https://tansu.example/", "Hafenstraße 1, 20457 Hamburg", "EUR"),
    recommendations=(BOWL, BOWL._replace(title="Linen cloth"), BOWL._replace(title="Soap dish")),
    copy={},
    copy_html={},
    copy_text={},
    unsubscribe_url="https://mail.example/u/token",
    preferences_url="https://mail.example/u/token",
    view_in_browser_url="https://mail.example/m/token",
)
ENVELOPE = Envelope(
    sender_name="Tansu & Thyme",
    sender_address="hello@tansu.example",
    recipient_name="Mina Sato",
    recipient_address="mina@mail.example",
    locale="en",
    message_id="0123@tansu.example",
    entity_reference="0123",
    list_id="letters.tansu.example",
    list_name="Tansu & Thyme",
    feedback_id="a:b:campaign:tansu",
    unsubscribe_url="https://mail.example/u/" + "t" * 150,
    unsubscribe_mailto="hello@tansu.example?subject=stop",
    date=NOW,
)


def mjml(body: str) -> str:
    return (
        '<mjml lang="{{ locale }}"><mj-body><mj-section><mj-column><mj-text>'
        f"{body}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )


def source(body: str = "Hello", *, subject: str = "Hello") -> TemplateSource:
    return TemplateSource(mjml=mjml(body), subject={"en": subject}, preheader={"en": "A preheader"})
