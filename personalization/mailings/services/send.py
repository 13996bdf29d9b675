"""What a mail worker does: finds campaigns with mails that are due, and sends them chunk by chunk."""

import ctypes
import gc
import threading
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from personalization.mailings.engine.line import Unreachable
from personalization.mailings.engine.states import CampaignState, MessageState
from personalization.mailings.models import Campaign, Message
from personalization.mailings.services.lane import CHUNK, Lane
from personalization.mailings.services.ledger import LEASE
from personalization.mailings.services.tick import look_after
from personalization.mailings.transport import new_lines

LOOK_EVERY_SECONDS = 1.0
_ARENA_MAX = -8
"""`M_ARENA_MAX` of malloc.h."""
_UNREACHABLE = "The mail server cannot be reached"
log = structlog.get_logger(__name__)


def send_due() -> int:
    """Send what is due now, of all campaigns, in this process and thread; how many messages were claimed."""
    lane = new_lane()
    lane.ledger.hold()
    try:
        return send_with(lane)
    finally:
        lane.lines.close()
        lane.ledger.let_go()


def send_with(lane: Lane) -> int:
    """Chunk by chunk, each campaign in its turn, until nothing is due."""
    total = 0
    while lane.may_go_on():
        claimed = sum(_send_some(campaign, lane=lane) for campaign in sending_campaigns())
        total += claimed
        if not claimed:
            break
    return total


def sending_campaigns() -> list[Campaign]:
    """Those with a message that may go now. In turn, so that a large one does not hold up a small one."""
    due = Message.objects.filter(state=MessageState.PENDING, not_before__lte=timezone.now())
    sending = Campaign.objects.filter(state=CampaignState.SENDING).select_related("workspace")
    return [campaign for campaign in sending if due.filter(campaign=campaign).exists()]


def new_lane(*, may_go_on: Callable[[], bool] = lambda: True) -> Lane:
    return Lane(lines=new_lines(), may_go_on=may_go_on)


def run_lane(*, stop: threading.Event) -> None:
    """One thread of a mail worker, until told to stop. What goes wrong here must not end it.

    Its session with the database holds a lock: when the process dies, the others see it at once.
    """
    lane = new_lane(may_go_on=lambda: not stop.is_set())
    is_held = False
    while not stop.is_set():
        try:
            if not is_held:
                lane.recover()
                lane.ledger.hold()
                is_held = True
            if not send_with(lane):
                lane.lines.close()  # the relay would hang up on a line that is idle
                stop.wait(LOOK_EVERY_SECONDS)
        except Unreachable:
            stop.wait(LOOK_EVERY_SECONDS)
        except (DatabaseError, InterfaceError) as error:
            log.warning("database_gone", error=type(error).__name__)
            connection.close()
            is_held = False
            stop.wait(0.5)
        except Exception:  # the edge: one campaign's mistake must not end the mail of all
            log.exception("mail_lane_raised")
            stop.wait(LOOK_EVERY_SECONDS)
    lane.lines.close()
    connection.close()


def freeze_what_is_loaded() -> None:
    """A chunk makes and drops a hundred thousand objects. Python's collector would walk through all modules
    for them several times a second, and find nothing: code and settings stay for as long as the process.
    """
    _share_one_heap()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def _share_one_heap() -> None:
    """glibc gives each thread a heap, which keeps what it had at its fullest. Python runs one at a time."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:  # musl has none, and one heap
        set_option(_ARENA_MAX, 1)


def run_worker(*, stop: threading.Event) -> None:
    """Lanes in threads; this one looks after what others dropped. Returns when told to stop."""
    freeze_what_is_loaded()
    lanes = [
        threading.Thread(target=run_lane, kwargs={"stop": stop}, name=f"lane-{number}")
        for number in range(settings.MAIL_LANES)
    ]
    for lane in lanes:
        lane.start()
    while not stop.wait(LOOK_EVERY_SECONDS):
        try:
            look_after()
        except (DatabaseError, InterfaceError) as error:
            log.warning("database_gone", error=type(error).__name__)
            connection.close()
    deadline = time.monotonic() + LEASE.total_seconds()
    for lane in lanes:
        lane.join(max(0.1, deadline - time.monotonic()))


def _send_some(campaign: Campaign, *, lane: Lane) -> int:
    try:
        claimed = lane.send_chunk(campaign, size=CHUNK)
    except Unreachable as error:
        notice = f"{_UNREACHABLE} ({error}). Check EMAIL_URL; sending goes on by itself."
        Campaign.objects.filter(pk=campaign.pk).update(notice=notice)
        raise
    if campaign.notice.startswith(_UNREACHABLE):
        Campaign.objects.filter(pk=campaign.pk, notice=campaign.notice).update(notice="")
    return claimed
