"""One mail on each of several lines, side by side, with one commit before all their final dots.

A durable commit costs a millisecond or more, so the lines share it. A death then leaves at most one mail in
doubt for each open line: no line is given a second mail before the first one's answer has come.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from personalization.mailings.engine.attempt import Attempt
from personalization.mailings.engine.line import Line, Parcel


def _nothing(boundary: str) -> None:
    """The default for a caller that does not want to know."""


def hand_over(
    lines: Sequence[Line],
    *,
    parcels: Sequence[Parcel],
    commit: Callable[[Sequence[Parcel]], Collection[UUID]],
    passing: Callable[[str], None] = _nothing,
) -> dict[UUID, Attempt]:
    """One parcel on each line, side by side.

    1. MAIL FROM names the sender. A lasting refusal is about us, not about this recipient.
    2. RCPT TO names the recipient. A lasting refusal here may be a hard bounce.
    3. DATA asks to begin; 354 lets us; the bytes go out, all but the dot.
    4. `commit` writes the intent of all that came so far, durably, and says which may still go. The others
       (withdrawn consent, a paused campaign, a claim that was lost) are discarded by hanging up.
    5. The dots, but not to a line that has been cut meanwhile: such a mail is DEFERRED, for no server can
       have it. From here to the reply a cut line means IN_DOUBT.
    6. 250 is ACCEPTED; 4xx and 5xx mean that the server did not take it.
    On a line to a provider's API nothing leaves before step 5, where the whole request goes out.
    """
    try:
        return _hand_over(list(zip(lines, parcels, strict=True)), commit=commit, passing=passing)
    except BaseException:
        for line in lines:
            line.drop()  # no line may be used again that has a mail half said
        raise


def _hand_over(
    pairs: Sequence[tuple[Line, Parcel]],
    *,
    commit: Callable[[Sequence[Parcel]], Collection[UUID]],
    passing: Callable[[str], None],
) -> dict[UUID, Attempt]:
    """Steps 1 to 3 of `hand_over`."""
    for line, parcel in pairs:
        line.offer(parcel)
    passing("offered")
    ended: dict[UUID, Attempt] = {}
    waiting: list[tuple[Line, Parcel]] = []
    for line, parcel in pairs:
        attempt = line.pass_bytes()
        if attempt is None:
            waiting.append((line, parcel))
        else:
            ended[parcel.id] = attempt
    passing("bytes_out")
    return ended | _close_mails(waiting, commit=commit, passing=passing)


def _close_mails(
    waiting: Sequence[tuple[Line, Parcel]],
    *,
    commit: Callable[[Sequence[Parcel]], Collection[UUID]],
    passing: Callable[[str], None],
) -> dict[UUID, Attempt]:
    """Steps 4 to 6 of `hand_over`."""
    allowed: Collection[UUID] = ()
    try:
        allowed = commit([parcel for _, parcel in waiting])
    finally:
        ended = {parcel.id: line.withhold() for line, parcel in waiting if parcel.id not in allowed}
    passing("intended")
    going = [(line, parcel) for line, parcel in waiting if parcel.id in allowed]
    answering: list[tuple[Line, Parcel]] = []
    for number, (line, parcel) in enumerate(going):
        if number == 1:
            passing("first_dot_out")
        lost = line.close_mail()
        if lost is None:
            answering.append((line, parcel))
        else:
            ended[parcel.id] = lost
    passing("dots_out")
    for number, (line, parcel) in enumerate(answering):
        if number == 1:
            passing("first_answer_in")
        ended[parcel.id] = line.outcome()
    passing("answers_in")
    return ended
