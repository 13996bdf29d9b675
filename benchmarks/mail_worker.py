"""A mail worker's lanes, told how many mails to send: `python -m benchmarks.mail_worker CAMPAIGN PORT`.

Says `0 MEMORY` when ready; told a number of mails (-1: all that are left) it says `SENT MEMORY` (peak, in
MB).
"""

import os
import sys
import threading
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
django.setup()

from django.conf import settings  # noqa: E402

settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[2])

from personalization.mailings.models import Campaign  # noqa: E402
from personalization.mailings.services.lane import CHUNK, Lane  # noqa: E402
from personalization.mailings.services.send import freeze_what_is_loaded, new_lane  # noqa: E402


class Told:
    def __init__(self, campaign: Campaign) -> None:
        self.campaign, self.left, self.sent = campaign, 0, 0
        self._lock = threading.Lock()

    def take(self) -> int:
        with self._lock:
            size = CHUNK if self.left < 0 else min(CHUNK, self.left)
            self.left -= size if self.left > 0 else 0
        return size

    def run(self, lane: Lane) -> None:
        while size := self.take():
            claimed = lane.send_chunk(self.campaign, size=size)
            with self._lock:
                self.sent += claimed
            if not claimed:
                return


def main() -> None:
    campaign = Campaign.objects.select_related("workspace").get(pk=sys.argv[1])
    freeze_what_is_loaded()  # as the worker does
    lanes = [new_lane() for _ in range(settings.MAIL_LANES)]
    _say(0)
    for line in sys.stdin:
        told = Told(campaign)
        told.left = int(line)
        threads = [threading.Thread(target=_work, args=(told, lane)) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _say(told.sent)


def _work(told: Told, lane: Lane) -> None:
    try:
        told.run(lane)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def _say(sent: int) -> None:
    print(sent, _peak_megabytes(), flush=True)


def _peak_megabytes() -> int:
    """Not `ru_maxrss`: Linux hands that of the process that started this one down to it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


if __name__ == "__main__":
    main()
