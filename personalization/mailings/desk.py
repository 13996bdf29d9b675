"""Writes the mails of a campaign for a chunk of people: products for all in one go, then mail by mail."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

import orjson
from django.conf import settings

from personalization.mailings.arms import Arm, Arms
from personalization.mailings.compiled import Subject, compiled
from personalization.mailings.copies import NO_COPY, Copy
from personalization.mailings.engine.addresses import domain_of
from personalization.mailings.engine.mime import OWN_IDEMPOTENCY_HEADER
from personalization.mailings.engine.press import Addressing, Imprint, Letterhead, Press
from personalization.mailings.engine.render import Personal
from personalization.mailings.letters import Stationery, person_values, stationery_for
from personalization.mailings.models import Campaign
from personalization.mailings.services.ledger import Recipient
from personalization.mailings.slots import Asking, Slots, slots_of_people
from personalization.mailings.tokens import links_of


@dataclass(frozen=True)
class Letter:
    """A mail still to be written; its products are chosen."""

    recipient: Recipient
    slots: Slots
    now: datetime
    copy_version_id: uuid.UUID | None = None
    """The approved text it carries, for the ledger."""


@dataclass
class Desk:
    """One campaign's mails, for one chunk of recipients or many."""

    campaign: Campaign
    stationery: Stationery
    _copies: dict[tuple[str, str], Copy] = field(default_factory=dict)
    _presses: dict[tuple[str, str], Press] = field(default_factory=dict)

    def letters(
        self, recipients: Sequence[Recipient], *, now: datetime, dry_run: bool = False
    ) -> list[Letter]:
        """Asks the recommender once a placement and language; nothing is asked for a mail by itself.

        `dry_run`: nothing is recorded as shown.
        """
        people = [Asking(own.id, own.customer_id, own.locale, self.arm(own).placement) for own in recipients]
        slots, nothing = slots_of_people(self.campaign, people=people, dry_run=dry_run), Slots()
        return [
            Letter(own, slots.get(own.id, nothing), now, self._copy(own).version_id) for own in recipients
        ]

    def arm(self, own: Recipient) -> Arm:
        return self.stationery.arms.of(own.variant)

    def write(self, letter: Letter) -> bytes:
        """In wire form. Raises TemplateRefused or ValueError when it cannot be written."""
        own = letter.recipient
        links = links_of(
            own.id, workspace_id=self.campaign.workspace_id, locale=own.locale, address=own.address
        )
        customer = person_values(
            _traits(own.traits), first_name=own.first_name, last_name=own.last_name, email=own.address,
            locale=own.locale, country=own.country,
        )  # fmt: skip
        product_links = links.browser if letter.slots.recommendation_id else ""
        content = Personal(letter.now, customer, letter.slots.products, *links, product_links)
        press = self._press(own)
        return press.write(content, addressing=self._addressing(own, links.unsubscribe))

    def _addressing(self, own: Recipient, unsubscribe: str) -> Addressing:
        workspace, key = self.campaign.workspace, own.id.hex
        customer = own.customer_id.hex if own.customer_id else "0"
        return Addressing(
            recipient_name=f"{own.first_name} {own.last_name}".strip(),
            recipient_address=own.address,
            message_id=own.message_id_header,
            entity_reference=key,
            # campaign:customer:type:sender. Our ids, so that no address leaves in a header.
            feedback_id=f"{self.campaign.pk.hex}:{customer}:campaign:{workspace.slug}",
            unsubscribe_url=unsubscribe,
            unsubscribe_mailto=f"{workspace.sender_email}?subject=unsubscribe%20{key}",
            idempotency_key=own.idempotency_key,
        )

    def _press(self, own: Recipient) -> Press:
        key = own.variant, own.locale
        if key not in self._presses:
            self._presses[key] = press_of(
                self.campaign.template_version_id, self._letterhead, self._imprint(own), self.arm(own).subject
            )
        return self._presses[key]

    @cached_property
    def _letterhead(self) -> Letterhead:
        workspace = self.campaign.workspace
        return Letterhead(
            sender_name=workspace.sender_name or workspace.name,
            sender_address=workspace.sender_email,
            list_id=f"{workspace.slug}.{domain_of(workspace.sender_email)}",
            list_name=workspace.name,
            idempotency_header=settings.EMAIL_IDEMPOTENCY_HEADER or OWN_IDEMPOTENCY_HEADER,
        )

    def _imprint(self, own: Recipient) -> Imprint:
        copy = self._copy(own)
        return Imprint(
            own.locale, self.stationery.shop, texts=_pairs(copy.texts), html=_pairs(copy.html),
            plain=_pairs(copy.plain),
        )  # fmt: skip

    def _copy(self, own: Recipient) -> Copy:
        key = own.variant, own.locale
        if key not in self._copies:
            self._copies[key] = self.arm(own).copy(own.locale) or NO_COPY
        return self._copies[key]


def desk_for(campaign: Campaign, *, arms: Arms | None = None) -> Desk:
    """Two queries, and none where its arms were read already. Raises TemplateRefused."""
    return Desk(campaign, stationery_for(campaign, arms=arms))


@lru_cache(maxsize=128)
def press_of(version_id: uuid.UUID, letterhead: Letterhead, imprint: Imprint, subject: Subject = ()) -> Press:
    """A version never changes, so its press may stay as long as the process."""
    return Press(compiled(version_id, subject), letterhead=letterhead, imprint=imprint)


def _pairs(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(texts.items()))


def _traits(text: str | None) -> dict[str, Any]:
    traits = orjson.loads(text) if text and text != "{}" else {}
    return traits if isinstance(traits, dict) else {}
