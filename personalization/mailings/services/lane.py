"""One lane of a mail worker: claims, writes and hands over a campaign's mails, wave after wave.

    pending ─claim→ claimed ─[intent, before the final dots]→ in_doubt ─250→ sent

Killed left of the bracket: the messages go back and are sent later. Killed right of it: at most one message
for each open line stays in doubt for a person to settle. Nothing is ever sent twice by itself.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import InvalidInput
from personalization.mailings.arms import Arms, arms_of_campaign
from personalization.mailings.boundaries import passing
from personalization.mailings.desk import Desk, Letter, desk_for
from personalization.mailings.engine.attempt import Outcome
from personalization.mailings.engine.handover import hand_over
from personalization.mailings.engine.line import Line, Lines, Parcel
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Campaign
from personalization.mailings.services.checks import forbidden, why_withheld
from personalization.mailings.services.judging import Judge
from personalization.mailings.services.ledger import LEASE, Intent, Ledger, Recipient, Result
from personalization.mailings.services.pacing import hold_back
from personalization.mailings.services.stopping import pause_quietly
from personalization.mailings.services.suppression import suppress
from personalization.mailings.transport import limits

# Few questions to the recommender, and still fresh: its answer is this many mails old at most.
CHUNK = 200
MOST_CAMPAIGNS = 20
"""Whose copy a lane keeps: a worker that runs for years must not collect them all."""
_FRESH = timedelta(seconds=30)
"""Products chosen longer ago are chosen anew: a slow relay must not be handed yesterday's stock."""


@dataclass
class Lane:
    """What a thread of a worker keeps from chunk to chunk. Not for two threads at once."""

    lines: Lines
    ledger: Ledger = field(default_factory=Ledger)
    may_go_on: Callable[[], bool] = lambda: True
    """Asked before each wave: a worker that is told to stop does not finish its chunk."""
    _unclosed: set[uuid.UUID] = field(default_factory=set)
    """Intents whose final dot is not out: should the database go away here, they are no doubt to us."""
    _unrecorded: list[Result] = field(default_factory=list)
    """What the server answered to the last wave; written with the intents of the next."""
    _doubts: int = 0
    """In a row. A provider that is silent costs so much time that a chunk ends after a wave or two."""
    _arms: dict[uuid.UUID, Arms] = field(default_factory=dict)
    """Copy and variants of the campaigns it sends: nobody can change them any more."""

    def send_chunk(self, campaign: Campaign, *, size: int = CHUNK) -> int:
        """Claim, choose products, hand over; how many messages were claimed.

        1. Claim the next due messages, skipping rows that another lane holds.
        2. Give back whom a limit holds up; skip whom consent or suppression forbids.
        3. Ask for everyone's products in one go.
        4. Wave by wave: write, hand over all but the dot, commit the intents, close, hear the answers.
        5. What was not attempted goes back.
        Raises Unreachable, and Django's errors of a database that went away: see `recover`.
        """
        claimed = self.ledger.claim(campaign, size=size, now=timezone.now())
        if not claimed:
            return 0
        passing("claimed")
        judge = Judge(
            sender=campaign.workspace.sender_email, first_wait_seconds=settings.MAIL_RETRY_SECONDS,
            doubts=self._doubts,
        )  # fmt: skip
        left = {own.id for own in claimed}
        try:
            left -= self._let_go(campaign, claimed=claimed)
            self._send([own for own in claimed if own.id in left], campaign=campaign, judge=judge, left=left)
        except (TemplateRefused, InvalidInput) as error:
            # The same for every message: a person has to mend the campaign first.
            judge.stop_reason = f"Mails cannot be written: {error}"
        finally:
            self._release(left)
        passing("released")
        self._doubts = 0 if judge.stop_reason else judge.doubts
        if judge.stop_reason:
            pause_quietly(campaign, notice=judge.stop_reason)
        return len(claimed)

    def recover(self) -> None:
        """After the database was away: write what this lane knows, then go on under a new token.

        An intent whose dot never went out is no doubt: the line was cut, and the mail with it.
        """
        reason = "The database went away before the final dot."
        never_closed = [
            Result(own, MessageState.IN_DOUBT, MessageState.PENDING, reason=reason, is_uncounted=True)
            for own in self._unclosed
        ]
        self.ledger.record([*self._unrecorded, *never_closed], now=timezone.now())
        self._unrecorded, self._unclosed = [], set()
        self.ledger = Ledger()

    def _let_go(self, campaign: Campaign, *, claimed: Sequence[Recipient]) -> set[uuid.UUID]:
        """Step 2: those of the claim that are not written to now."""
        held = hold_back(campaign.workspace, recipients=claimed, limits=limits(), now=timezone.now())
        waiting = {own.id for own in held}
        rest = [own for own in claimed if own.id not in waiting]
        results = held + forbidden(campaign, recipients=rest, token=self.ledger.token)
        self.ledger.record(results, now=timezone.now())
        return {own.id for own in results}

    def _send(
        self, recipients: Sequence[Recipient], *, campaign: Campaign, judge: Judge, left: set[uuid.UUID]
    ) -> None:
        """Steps 3 and 4. What was attempted leaves `left`."""
        started = timezone.now()
        kept_until = started + LEASE
        desk = self._desk(campaign)
        letters = iter(desk.letters(recipients, now=started))
        for wave in self._waves(letters, desk=desk, judge=judge, left=left):
            now = timezone.now()
            if now - started > _FRESH or not self.may_go_on():
                break
            if kept_until - now < LEASE / 2:
                self.ledger.keep(list(left), now=now)
                kept_until = now + LEASE
            self._hand_over(wave, judge=judge)
            self._suppress(judge, workspace=campaign.workspace)
            left -= {letter.recipient.id for letter, _, _ in wave}
            if judge.stop_reason:
                break

    def _desk(self, campaign: Campaign) -> Desk:
        if campaign.pk not in self._arms:
            if len(self._arms) >= MOST_CAMPAIGNS:
                self._arms.clear()
            self._arms[campaign.pk] = arms_of_campaign(campaign)
        return desk_for(campaign, arms=self._arms[campaign.pk])

    def _waves(
        self, letters: Iterator[Letter], *, desk: Desk, judge: Judge, left: set[uuid.UUID]
    ) -> Iterator[list[tuple[Letter, Line, Parcel]]]:
        """As many written mails as there are lines, again and again. What cannot be written fails alone."""
        sender = desk.campaign.workspace.sender_email
        while wanted := list(islice(letters, self.lines.count)):
            parcels = []
            for letter in wanted:
                own = letter.recipient
                try:
                    parcels.append((letter, Parcel(own.id, sender, own.address, desk.write(letter))))
                except (TemplateRefused, ValueError) as error:
                    self._unrecorded.append(judge.unwritable(own, error=error))
                    left.discard(own.id)
            passing("written")
            while parcels:
                lines = self.lines.ready(len(parcels))
                yield [(letter, line, parcel) for (letter, parcel), line in zip(parcels, lines, strict=False)]
                parcels = parcels[len(lines) :]

    def _hand_over(self, wave: Sequence[tuple[Letter, Line, Parcel]], *, judge: Judge) -> None:
        letters = {letter.recipient.id: letter for letter, _, _ in wave}

        def commit(parcels: Sequence[Parcel]) -> set[uuid.UUID]:
            passing("intending")
            return self._commit([letters[parcel.id] for parcel in parcels])

        attempts = hand_over(
            [line for _, line, _ in wave],
            parcels=[parcel for _, _, parcel in wave],
            commit=commit,
            passing=passing,
        )
        now = timezone.now()
        held = [own for own, attempt in attempts.items() if attempt.outcome is Outcome.WITHHELD]
        for own, attempt in attempts.items():
            result = judge.result(letters[own].recipient, attempt=attempt, now=now)
            if result is not None:
                self._unrecorded.append(result)
        if held:
            self._explain(held, judge=judge)

    def _commit(self, letters: Sequence[Letter]) -> set[uuid.UUID]:
        """The intents of a wave with the results of the one before; who may go."""
        intents = [
            Intent(
                own.recipient.id,
                own.slots.recommendation_id,
                own.slots.product_ids,
                copy_version_id=own.copy_version_id,
            )
            for own in letters
        ]
        results = self._unrecorded
        self._unclosed = {own.id for own in intents}
        allowed = self.ledger.commit_wave(
            intents, results=results, now=timezone.now(), answer_within=_answer_within()
        )
        self._unclosed, self._unrecorded = set(), []
        passing("recorded")
        return allowed

    def _explain(self, ids: Sequence[uuid.UUID], *, judge: Judge) -> None:
        results, stop_reason = why_withheld(ids, token=self.ledger.token)
        self._unrecorded += results
        judge.stop_reason = judge.stop_reason or stop_reason

    def _suppress(self, judge: Judge, *, workspace: Workspace) -> None:
        """Before the failure is written: killed in between, the address is suppressed all the same."""
        for address, said in judge.bounced.items():
            suppress(workspace, address=address, reason="hard_bounce", source=said)
        judge.bounced.clear()

    def _release(self, left: set[uuid.UUID]) -> None:
        """claimed → pending for what was not attempted, which does not count as an attempt."""
        back = [
            Result(own, MessageState.CLAIMED, MessageState.PENDING, is_uncounted=True) for own in sorted(left)
        ]
        results, self._unrecorded = self._unrecorded, []
        try:
            self.ledger.record([*results, *back], now=timezone.now())
        except BaseException:
            self._unrecorded = results  # for `recover`
            raise


def _answer_within() -> timedelta:
    """Until then a reply may come that this lane will hear: nobody else settles the message before."""
    return timedelta(seconds=2 * settings.EMAIL_TIMEOUT + 5)
