"""A folder of .eml files: each mail is complete on disk before the sender hears that it was taken."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

_NAME = re.compile(r"\d{20}-[0-9a-f]{8}")
_HEADERS = BytesHeaderParser(policy=policy.default)


@dataclass(frozen=True)
class Summary:
    """One line of the inbox."""

    id: str
    received_at: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    size: int


class MailFolder:
    """Mails by id; ids sort by arrival. Headers are read once and kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, Summary] = {}
        self._lock = threading.Lock()

    def add(self, content: bytes, *, recipients: Sequence[str]) -> str:
        """Write beside, flush to disk, rename: no reader and no crash sees half a mail."""
        mail_id = f"{time.time_ns():020d}-{os.urandom(4).hex()}"
        envelope = "".join(f"X-Envelope-To: {_flat(address)}\r\n" for address in recipients)
        unfinished = self._path / f".{mail_id}.part"
        with unfinished.open("wb") as file:
            file.write(envelope.encode("utf-8") + content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path / f"{mail_id}.eml")
        return mail_id

    def latest(self, *, search: str = "", limit: int = 200) -> tuple[list[Summary], int]:
        """The newest mails whose people or subject hold the words searched for, and how many match."""
        words = search.casefold().split()
        matching = [summary for summary in self._summaries() if _matches(summary, words=words)]
        return matching[:limit], len(matching)

    def raw(self, mail_id: str) -> bytes | None:
        """The file as it lies, or None; an id cannot name another file."""
        if not _NAME.fullmatch(mail_id):
            return None
        try:
            return (self._path / f"{mail_id}.eml").read_bytes()
        except FileNotFoundError:
            return None

    def message(self, mail_id: str) -> EmailMessage | None:
        """The mail, parsed."""
        raw = self.raw(mail_id)
        return None if raw is None else BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)

    def clear(self) -> int:
        """Throw every mail away."""
        names = self._names()
        for name in names:
            (self._path / f"{name}.eml").unlink(missing_ok=True)
        return len(names)

    def _summaries(self) -> list[Summary]:
        names = self._names()
        with self._lock:
            present = set(names)
            for gone in self._known.keys() - present:
                del self._known[gone]
            for name in names:
                if name not in self._known and (summary := self._read(name)):
                    self._known[name] = summary
            return [self._known[name] for name in names if name in self._known]

    def _names(self) -> list[str]:
        stems = (entry.name[:-4] for entry in os.scandir(self._path) if entry.name.endswith(".eml"))
        return sorted((stem for stem in stems if _NAME.fullmatch(stem)), reverse=True)

    def _read(self, name: str) -> Summary | None:
        path = self._path / f"{name}.eml"
        try:
            with path.open("rb") as file:
                headers = _HEADERS.parsebytes(file.read(64_000))
            size = path.stat().st_size
        except FileNotFoundError:
            return None
        return Summary(
            id=name,
            received_at=int(name[:20]) / 1e9,
            sender=header(headers, "From"),
            recipients=tuple(str(value) for value in headers.get_all("X-Envelope-To", [])),
            subject=header(headers, "Subject"),
            size=size,
        )


def header(message: EmailMessage, name: str) -> str:
    """One header as text; a broken one is shown as it is instead of failing."""
    try:
        return str(message.get(name, ""))
    except Exception:  # The parser's own errors on hostile headers are of many kinds.
        return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _matches(summary: Summary, *, words: Sequence[str]) -> bool:
    text = " ".join([summary.sender, *summary.recipients, summary.subject]).casefold()
    return all(word in text for word in words)


def _flat(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "", text)
