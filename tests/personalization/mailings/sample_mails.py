"""The sample shop's letter as it arrives over SMTP, in its three languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.db.models import Count

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.services import upsert_products
from omotenashi.sample_shop import load_products
from personalization.mailings.sample import create_sample_campaign
from personalization.models import Customer
from personalization.sample import load_sample_history
from personalization.services.learning import learn_workspace
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
    fill_shelf(workspace, asset_url=asset_url)
    for locale, name in READERS.items():
        customer_factory(locale=locale, first_name=name, last_name="", email=f"{locale}@mail.example")
    send(create_sample_campaign(workspace, name="A letter"))
    found = {address.partition("@")[0]: raw for address, raw in relay.received}
    assert sorted(found) == sorted(READERS)
    return {locale: SampleMail(locale=locale, raw=raw) for locale, raw in found.items()}


def regulars_mails(workspace: Workspace, *, relay: Relay, asset_url: str) -> dict[str, SampleMail]:
    """By locale, as the shop's regular customers get them: with a past, and reasons out of it."""
    fill_shelf(workspace, asset_url=asset_url, shelf=("",))
    today = datetime.combine(datetime.now(UTC).date(), time.min, tzinfo=UTC)
    load_sample_history(workspace, seed=4, until=today, customers=90, days=300)
    learn_workspace(workspace, now=today, ranking_seconds=0)
    send(create_sample_campaign(workspace, name="A letter"))
    raw = dict(relay.received)
    return {locale: SampleMail(locale=locale, raw=raw[_regular(locale).email]) for locale in READERS}


def _regular(locale: str) -> Customer:
    agreeing = Customer.objects.filter(locale__startswith=locale, consents__granted=True)
    found: Customer = agreeing.annotate(times=Count("orders")).order_by("-times", "external_id")[0]
    return found


def fill_shelf(workspace: Workspace, *, asset_url: str, shelf: tuple[str, ...] = SHELF) -> None:
    rows = [
        row for row in load_products(asset_url=asset_url) if any(part in row["external_id"] for part in shelf)
    ]
    products = [product_from_json(row, currency="EUR")[0] for row in rows]
    upsert_products(workspace, [product for product in products if product])
