"""How the demo talks: one line a stage while it runs, then a summary to read."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_LOG_EVERY_SECONDS = 10.0


@dataclass
class Console:
    """Prints stages with their wall time, and remembers them for the summary."""

    seconds: dict[str, float] = field(default_factory=dict)
    _said_at: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.say(f"▸ {name} …")
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started
        self.say(f"  done in {self.seconds[name]:.1f} s")

    def progress(self, text: str) -> None:
        """Overwrites the line on a terminal; a log gets a line now and then."""
        if sys.stdout.isatty():
            print(f"\r\033[K  {text}", end="", flush=True)
        elif time.monotonic() - self._said_at > _LOG_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self.say(f"  {text}")

    def end_progress(self) -> None:
        if sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def heading(self, text: str) -> None:
        self.say(f"\n{text}\n{'─' * len(text)}")
