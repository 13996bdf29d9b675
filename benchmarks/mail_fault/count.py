"""Who got what: the relay's log beside the ledger, message by message."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Account:
    """Of one run."""

    recipients: int
    states: Counter[str]
    taken: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    duplicates: int = 0
    lost: list[str] = field(default_factory=list)
    """Neither delivered, nor failed with a reason, nor shown to the operator."""
    in_doubt: list[tuple[str, str, bool]] = field(default_factory=list)
    """Message-ID, what the ledger knows, whether the relay in truth has it."""


def read_log(path: Path) -> tuple[Counter[str], int]:
    """Mails taken by Message-ID, and how many repeats were dropped. The last line may be cut off."""
    taken: Counter[str] = Counter()
    dropped = 0
    for line in path.read_text().splitlines() if path.exists() else ():
        words = line.split()
        if len(words) == 5:
            taken[words[2]] += words[4] == "taken"
            dropped += words[4] == "dropped"
    return taken, dropped


def account(rows: Iterable[tuple[str, str, str]], *, recipients: int, log: Path) -> Account:
    """`rows`: Message-ID, state and reason of each message."""
    messages = list(rows)
    taken, dropped = read_log(log)
    found = Account(
        recipients, states=Counter(state for _, state, _ in messages), taken=taken, dropped=dropped
    )
    found.duplicates = sum(count - 1 for count in taken.values() if count > 1)
    for header, state, reason in messages:
        if state == "in_doubt":
            found.in_doubt.append((header, reason, taken[header] > 0))
        elif (state == "sent") != (taken[header] > 0) or state in ("pending", "claimed") or not reason:
            found.lost.append(f"{header}: the ledger says {state}, the relay took {taken[header]}; {reason}")
    known = {header for header, _, _ in messages}
    found.lost += [f"{header}: taken, but in no ledger" for header in taken if header not in known]
    found.lost += ["no row at all"] * (recipients - len(messages))
    return found
