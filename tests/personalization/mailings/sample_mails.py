"""The sample shop's letter as it arrives over SMTP, in its three languages."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.services import upsert_products
from omotenashi.sample_shop import load_products
from personalization.mailings.sample import create_sample_campaign
from tests.personalization.mailings.conftest import CustomerFactory, Relay, send

READERS = {"en": "Mina", "de": "Jörg", "ja": "美奈"}
SHELF = ("teapot", "tea", "bowl", "lamp", "linen", "candle", "vase", "apron")
"""Parts of the names of products: enough to fill the slots."""


@dataclass(frozen=True)
class SampleMail:
    locale: str
    raw: bytes
    """As the relay got it, without the envelope."""

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, EmailMessage, policy=policy.default)

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        content: str = part.get_content()
        return content


def sample_mails(
    workspace: Workspace, *, relay: Relay, customer_factory: CustomerFactory, asset_url: str
) -> dict[str, SampleMail]:
    """By locale. Pictures are looked for at `asset_url`."""
    _fill_shelf(workspace, asset_url=asset_url)
    for locale, name in READERS.items():
        customer_factory(locale=locale, first_name=name, last_name="", email=f"{locale}@mail.example")
    send(create_sample_campaign(workspace, name="A letter"))
    found = {address.partition("@")[0]: raw for address, raw in relay.received}
    assert sorted(found) == sorted(READERS)
    return {locale: SampleMail(locale=locale, raw=raw) for locale, raw in found.items()}


def _fill_shelf(workspace: Workspace, *, asset_url: str) -> None:
    rows = [
        row for row in load_products(asset_url=asset_url) if any(part in row["external_id"] for part in SHELF)
    ]
    products = [product_from_json(row, currency="EUR")[0] for row in rows]
    upsert_products(workspace, [product for product in products if product])
