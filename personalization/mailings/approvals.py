"""Whether the texts that a campaign carries are still approved.

One rule, asked when it is checked, scheduled, begun and resumed. What is taken back while it is on its way
pauses it by a trigger in the database (migration 0011), in the same commit; a lane asks before each final
dot whether its campaign sends.
"""

from collections.abc import Iterator
from typing import NamedTuple

from omotenashi.errors import Conflict, FieldError
from personalization.mailings.copies import withdrawn_copies
from personalization.mailings.models import Campaign
from personalization.mailings.written_lines import unapproved_lines

_USE_AGAIN = "Have its draft approved and use the approved lines again, or remove the variant."
_GO_ON = "Have it approved and published again and resume, or cancel the campaign."
_HAND_OUT = "Have it approved and published again, or give the campaign another."


class TakenBack(NamedTuple):
    """One text that must not be sent any more."""

    pointer: str
    what: str
    """A sentence, without the remedy: that depends on how far the campaign is."""


def withdrawn(campaign: Campaign) -> list[TakenBack]:
    """Copy that can no longer be fetched. One query."""
    found = []
    for row in withdrawn_copies(campaign):
        at, of = (f"/variants/{row.variant}", f" of variant {row.variant}") if row.variant else ("", "")
        what = f"The {row.locale} copy{of}, “{row.publication.headline}”, was withdrawn."
        found.append(TakenBack(f"#{at}/copy/{row.locale}", what))
    return found


def line_errors(campaign: Campaign) -> list[FieldError]:
    """Lines the model wrote that nobody approved as they are: why a draft is not scheduled."""
    return [
        FieldError("not_approved", f"{what} {_USE_AGAIN}", pointer)
        for pointer, what in unapproved_lines(campaign)
    ]


def standstill(campaign: Campaign) -> str:
    """Why a campaign that is scheduled or on its way must not go on, with the remedy; empty when it may."""
    first = next(_taken_back(campaign), None)
    return f"{first.what} {_GO_ON}" if first else ""


def refuse_standstill(campaign: Campaign) -> None:
    """Asked after its row was changed: what is taken back at this moment waits for it. Raises Conflict."""
    if why := standstill(campaign):
        raise Conflict(why)


def refuse_taken_back(campaign: Campaign) -> None:
    """Nothing of it is handed to another mailer. Raises Conflict."""
    first = next(_taken_back(campaign), None)
    if first:
        raise Conflict(f"{first.what} {_HAND_OUT}")


def _taken_back(campaign: Campaign) -> Iterator[TakenBack]:
    yield from withdrawn(campaign)
    for pointer, what in unapproved_lines(campaign):
        yield TakenBack(pointer, what)
