"""A process that takes events in from request bodies: the part of a server behind HTTP.

`python -m benchmarks.ingest_worker WORKSPACE FILE THREADS` reads batch bodies (one a line) and says `ready`.
Told `run FIRST END` on its standard input, it takes those lines in, says `done LINE ACCEPTED` after each
answer and `end` after the last. It may be killed at any moment.
"""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import django

from benchmarks.lines import Lines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
django.setup()

import orjson  # noqa: E402
from django.utils import timezone  # noqa: E402

from omotenashi.accounts.models import Workspace  # noqa: E402
from personalization.api.event_bodies import EventRequest, handle_events  # noqa: E402


def main(slug: str, path: str, threads: int) -> None:
    workspace = Workspace.objects.get(slug=slug)
    bodies = Lines(Path(path))
    _say("ready")
    for line in sys.stdin:
        _, first, end = line.split()
        _run(workspace, bodies, numbers=iter(range(int(first), int(end))), threads=threads)
        _say("end")


def _run(workspace: Workspace, bodies: Lines, *, numbers: Iterator[int], threads: int) -> None:
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            request = EventRequest("batch", False, bodies[number], timezone.now())
            answer = handle_events(workspace, request=request)
            if answer.status != 200:
                os.write(2, f"line {number} was answered {answer.status}: {answer.body.decode()}\n".encode())
                os._exit(1)  # a thread's exception would leave the others working on
            _say(f"done {number} {orjson.loads(answer.body)['accepted']}")

    pool = [threading.Thread(target=work) for _ in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()


def _say(text: str) -> None:
    # One system call: a reader never sees two threads' words mixed.
    os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
