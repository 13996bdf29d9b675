"""Mail providers whose reports we understand. A new one is a file beside its siblings and a line here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from personalization.mailings.engine.providers import mailgun, resend
from personalization.mailings.engine.reports import Report


class ReadReport(Protocol):
    """Checks the signature before it reads anything else. Header names come in small letters.

    None: a report we have no use for. Raises BadSignature or UnreadableReport.
    """

    def __call__(
        self, body: bytes, *, headers: Mapping[str, str], secret: str, now: datetime
    ) -> Report | None: ...


PROVIDERS: dict[str, ReadReport] = {"mailgun": mailgun.read_report, "resend": resend.read_report}
