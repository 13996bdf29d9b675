"""The control of the fault run: the usual Celery sender loses or doubles mails where ours does not."""

import os
import random
import time
from pathlib import Path
from typing import Any

from benchmarks.mail_fault.count import read_log
from benchmarks.mail_fault.crew import Crew
from omotenashi.local.ports import pick_free_port

TASKS, KILLS, RATE = 400, 4, 60


def run_control(servers: Any, *, folder: Path, seed: int) -> bool:
    """True when it failed, as it must: else the faults of this run would prove nothing."""
    folder.mkdir(parents=True)
    port = pick_free_port((), avoid=set())
    os.environ["STOCK_BROKER"], os.environ["STOCK_PORT"] = servers.redis_url, str(port)
    from benchmarks.mail_fault import stock  # reads the two

    crew = Crew(folder, {})
    try:
        sink = crew.start(
            "sink", "-m", "benchmarks.mail_fault.sink", str(port), str(folder / "sink.txt"), pipe=True
        )
        assert sink.stdin is not None
        sink.stdin.write(f"rate {RATE}\n".encode())
        sink.stdin.flush()
        for number in range(TASKS):
            stock.send.delay(number)
        _kill_again_and_again(crew, draw=random.Random(seed))
        taken = _when_quiet(folder / "sink.txt")
    finally:
        crew.stop()
    duplicates = sum(count - 1 for count in taken.values() if count > 1)
    lost = TASKS - len(taken)
    print(f"\nthe control, a Celery task that sends: {TASKS} recipients, {KILLS} kills of the worker")
    print(f"  accepted {sum(taken.values())} · duplicates {duplicates} · lost {lost}", flush=True)
    if not duplicates and not lost:
        print("  it did not fail, so this run's faults prove nothing")
    return bool(duplicates or lost)


def _kill_again_and_again(crew: Crew, *, draw: random.Random) -> None:
    words = (
        "-m",
        "celery",
        "-A",
        "benchmarks.mail_fault.stock",
        "worker",
        "--pool=prefork",
        "-c",
        "4",
        "-l",
        "INFO",
    )
    for kills in range(KILLS + 1):
        (crew.folder / "stock.log").unlink(missing_ok=True)
        crew.start("stock", *words, "--without-gossip", "--without-mingle")
        if kills < KILLS:
            while not crew.said("stock", b" ready."):
                time.sleep(0.05)
            time.sleep(draw.uniform(0.3, 1.0))
            crew.kill("stock")


def _when_quiet(log: Path) -> Any:
    """Until nothing came for longer than a task can hide (the visibility timeout)."""
    quiet_since, size = time.monotonic(), -1
    while time.monotonic() - quiet_since < 9:
        now = log.stat().st_size if log.exists() else 0
        if now != size:
            quiet_since, size = time.monotonic(), now
        time.sleep(0.2)
    return read_log(log)[0]
