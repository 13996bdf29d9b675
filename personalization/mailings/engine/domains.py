"""What a sending domain says of itself in the DNS: SPF (RFC 7208), DKIM (6376), DMARC (7489)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dns.resolver

LOOKUP_SECONDS = 3.0
_KEY = re.compile(r"(?:^|;)\s*p=\s*[^;\s]")
"""An empty one is a key that was taken back."""
Ask = Callable[[str], "list[str] | None"]
"""The TXT records of a name; None when no server answered."""


@dataclass(frozen=True)
class DomainRecords:
    """None: not asked, or not answered."""

    domain: str
    spf: list[str] | None
    dmarc: list[str] | None
    selector: str = ""
    dkim: list[str] | None = None

    @property
    def was_reached(self) -> bool:
        return self.spf is not None or self.dmarc is not None

    def problems(self) -> Iterator[tuple[str, str]]:
        """Code, and what to do. Gmail, Yahoo and Outlook.com want all three of who sends many mails."""
        if self.spf is not None:
            yield from self._spf()
        if self.dmarc is not None:
            yield from self._dmarc()
        if self.dkim is not None and not any(_KEY.search(record) for record in self.dkim):
            yield (
                "no_dkim",
                f"{self.selector}._domainkey.{self.domain} has no key. Publish your relay's.",
            )

    def _spf(self) -> Iterator[tuple[str, str]]:
        records = [own for own in self.spf or [] if own.lower().startswith("v=spf1")]
        if not records:
            yield "no_spf", f"{self.domain} has no SPF record. Publish one that names your relay."
        elif len(records) > 1:
            yield "many_spf", f"{self.domain} has {len(records)} SPF records, which counts as none. Keep one."
        elif "+all" in records[0].lower().split():
            yield "open_spf", f"The SPF record of {self.domain} lets everyone send (+all). End it with -all."

    def _dmarc(self) -> Iterator[tuple[str, str]]:
        records = [own for own in self.dmarc or [] if own.lower().replace(" ", "").startswith("v=dmarc1")]
        if len(records) != 1:
            yield "no_dmarc", f"_dmarc.{self.domain} has no DMARC record. Start with v=DMARC1; p=none."


def check_domain(domain: str, *, selector: str = "", ask: Ask | None = None) -> DomainRecords:
    """At most four questions, each answered within seconds or not at all."""
    txt = ask or ask_system
    spf = txt(domain)
    if spf is None:  # no server: the other two would only wait as long
        return DomainRecords(domain=domain, spf=None, dmarc=None)
    return DomainRecords(
        domain=domain,
        spf=spf,
        dmarc=_dmarc_of(domain, txt=txt),
        selector=selector,
        dkim=txt(f"{selector}._domainkey.{domain}") if selector else None,
    )


def ask_system(name: str) -> list[str] | None:
    import dns.exception  # late: only a pre-flight asks, and a mail worker need not carry it
    import dns.resolver

    try:
        return asker(dns.resolver.get_default_resolver())(name)
    except (dns.exception.DNSException, OSError):  # no resolv.conf
        return None


def asker(resolver: dns.resolver.Resolver) -> Ask:
    import dns.exception  # late, as above
    import dns.resolver

    def ask(name: str) -> list[str] | None:
        try:
            answer = resolver.resolve(name, "TXT", lifetime=LOOKUP_SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError):
            return None
        return [b"".join(own.strings).decode("utf-8", "replace") for own in answer]

    return ask


def _dmarc_of(domain: str, *, txt: Ask) -> list[str] | None:
    """Of mail.shop.example, else of shop.example. Without a list of public suffixes, one step up."""
    own = txt(f"_dmarc.{domain}")
    return own if own or domain.count(".") < 2 else txt(f"_dmarc.{domain.partition('.')[2]}")
