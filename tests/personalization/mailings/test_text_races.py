"""Texts that are taken back while they are on their way, again and again, in the middle of a mailing."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

import content.services as content
from content.actors import Actor
from content.models import Draft
from omotenashi.accounts.models import Workspace
from omotenashi.errors import Conflict
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message
from personalization.mailings.sample import create_sample_campaign
from personalization.models import Customer
from tests.personalization.mailings.conftest import Publish
from tests.personalization.mailings.racing import RACES, Sink, audience, in_threads, sink

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WITHDRAWALS = 40
__all__ = ["audience", "sink"]  # fixtures


@dataclass
class Approver:
    """Withdraws a text, publishes it again and resumes the campaign."""

    campaign: Campaign
    draft: Draft
    by: Actor
    gone: list[tuple[float, float]] = field(default_factory=list)
    """From just after a withdrawal's commit to just before the text was published again."""

    def change_their_mind(self) -> None:
        content.withdraw(self.draft, by=self.by)
        withdrawn = time.time()
        time.sleep(0.05)
        self.gone.append((withdrawn, time.time()))
        self.draft.refresh_from_db()
        content.publish(self.draft, by=self.by)
        self.draft.refresh_from_db()
        services.resume(self.campaign)


def test_no_mail_carries_a_text_whose_data_began_after_it_was_withdrawn(
    workspace: Workspace, audience: list[Customer], sink: Sink, publish_copy: Publish, approver: Actor
) -> None:
    text = publish_copy("Long words")
    campaign = create_sample_campaign(workspace, product_count=0)
    services.change_campaign(campaign, copies={"en": text})
    services.schedule(campaign)
    services.tick()
    run_queued("mailings.prepare_campaign")
    own = Approver(campaign, text.draft, approver)
    own.draft.refresh_from_db()
    done, draw = threading.Event(), random.Random(5)
    sink.slow_down(200)

    def work(number: int) -> None:
        if number == 0:
            try:
                for _ in range(WITHDRAWALS):
                    time.sleep(draw.uniform(0.01, 0.1))
                    own.change_their_mind()
            finally:
                done.set()
        while not done.is_set() or Message.objects.filter(state="pending").exists():
            services.send_due()
            time.sleep(0.005)

    in_threads(work, count=3)
    taken = sink.taken()
    late = [began for began in taken.values() if any(since < began < until for since, until in own.gone)]
    print(f"{len(own.gone)} withdrawals: {len(taken):,} mails, {len(late)} begun while it was withdrawn")
    states = Counter(Message.objects.values_list("state", flat=True))
    assert (late, states) == ([], {"sent": RACES})
    assert len(own.gone) == WITHDRAWALS


def test_a_withdrawal_that_races_the_resuming_never_leaves_the_campaign_sending(
    workspace: Workspace, audience: list[Customer], publish_copy: Publish, approver: Actor
) -> None:
    """Either the resuming is refused, or the withdrawal pauses what was resumed."""
    text = publish_copy("Long words")
    campaign = create_sample_campaign(workspace, product_count=0)
    services.change_campaign(campaign, copies={"en": text})
    services.schedule(campaign)
    services.tick()
    outcomes: Counter[str] = Counter()
    for _ in range(50):
        services.pause(campaign)
        barrier = threading.Barrier(2)

        def work(number: int, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            if number == 0:
                content.withdraw(text.draft, by=approver)
                return
            try:
                services.resume(Campaign.objects.select_related("workspace").get(pk=campaign.pk))
                outcomes["resumed first"] += 1
            except Conflict:
                outcomes["refused"] += 1

        in_threads(work, count=2)
        campaign.refresh_from_db()
        assert campaign.state == "paused", outcomes
        text.draft.refresh_from_db()
        content.publish(text.draft, by=approver)
        services.resume(campaign)
    print(dict(outcomes))
