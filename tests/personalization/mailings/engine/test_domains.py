"""SPF, DKIM and DMARC, asked of a real name server on this machine."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.resolver
import dns.rrset
import pytest

from personalization.mailings.engine.domains import Ask, asker, check_domain

RECORDS = {
    "shop.example.": ["v=spf1 include:relay.example -all", "other=1"],
    "_dmarc.shop.example.": ["v=DMARC1; p=quarantine"],
    "s1._domainkey.shop.example.": ["v=DKIM1; p=MIGf"],
    "s2._domainkey.shop.example.": ["v=DKIM1; p="],
    "open.example.": ["v=spf1 +all", ],
    "twice.example.": ["v=spf1 -all", "v=spf1 ~all"],
    "mail.shop.example.": ["v=spf1 -all"],
}  # fmt: skip


class _Answers(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        octets, line = self.request
        question = dns.message.from_wire(octets)
        name = question.question[0].name.to_text()
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if name in RECORDS:
            texts = [f'"{text[:9]}" "{text[9:]}"' for text in RECORDS[name]]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        line.sendto(answer.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
        yield asker(resolver)
        server.shutdown()


@pytest.mark.parametrize(
    ("domain", "selector", "expected"),
    [
        ("shop.example", "s1", []),
        ("shop.example", "", []),
        ("shop.example", "s2", ["no_dkim"]),
        ("shop.example", "s3", ["no_dkim"]),
        ("mail.shop.example", "", []),
        ("open.example", "", ["open_spf", "no_dmarc"]),
        ("twice.example", "", ["many_spf", "no_dmarc"]),
        ("bare.example", "", ["no_spf", "no_dmarc"]),
    ],
)
def test_it_says_what_a_domain_lacks(domain: str, selector: str, expected: list[str], ask: Ask) -> None:
    records = check_domain(domain, selector=selector, ask=ask)
    assert records.was_reached
    assert [code for code, _ in records.problems()] == expected


def test_where_no_server_answers_nothing_is_claimed() -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 9  # nobody
    records = check_domain("shop.example", selector="s1", ask=asker(resolver))
    assert not records.was_reached
    assert list(records.problems()) == []
