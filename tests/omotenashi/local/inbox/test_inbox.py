"""The local inbox: what comes in by SMTP is a file at once, and is shown without being trusted."""

from __future__ import annotations

import json
import smtplib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from omotenashi.local.inbox.smtp import start_receiver
from omotenashi.local.inbox.store import MailFolder
from omotenashi.local.inbox.web import make_server
from omotenashi.local.ports import pick_free_port


@dataclass
class Inbox:
    smtp_port: int
    url: str
    path: Path

    def send(
        self, *, to: str = "mina@mail.example", subject: str = "こんにちは", html: str = "<p>Hi</p>"
    ) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "Shop <hello@tansu.example>", to, subject
        message.set_content("Plain words\n.\n")
        message.add_alternative(html, subtype="html")
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as smtp:
            smtp.send_message(message)

    def get(self, path: str, **headers: str) -> tuple[Any, bytes]:
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.headers, answer.read()

    def mails(self, search: str = "") -> list[dict[str, Any]]:
        body = self.get(f"/mails?search={search}")[1]
        mails: list[dict[str, Any]] = json.loads(body)["mails"]
        return mails


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    folder = MailFolder(tmp_path / "inbox")
    smtp_port = pick_free_port()
    receiver = start_receiver(folder, host="127.0.0.1", port=smtp_port)
    server = make_server(folder, host="127.0.0.1", port=0)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield Inbox(smtp_port, f"http://127.0.0.1:{server.server_port}", tmp_path / "inbox")
    server.shutdown()
    server.server_close()
    receiver.stop()


def test_a_mail_is_a_file_once_it_is_accepted(inbox: Inbox) -> None:
    inbox.send()
    (file,) = inbox.path.iterdir()
    assert file.suffix == ".eml"
    assert b"X-Envelope-To: mina@mail.example" in file.read_bytes()


def test_it_lists_the_newest_first_and_finds_by_address(inbox: Inbox) -> None:
    inbox.send(to="mina@mail.example", subject="First")
    inbox.send(to="jo@mail.example", subject="Second")
    assert [mail["subject"] for mail in inbox.mails()] == ["Second", "First"]
    assert [mail["subject"] for mail in inbox.mails("MINA@")] == ["First"]
    assert inbox.mails("nobody") == []


def test_it_shows_subject_text_and_headers_decoded(inbox: Inbox) -> None:
    inbox.send()
    mail = json.loads(inbox.get(f"/mails/{inbox.mails()[0]['id']}")[1])
    assert (mail["subject"], mail["text"].splitlines()) == ("こんにちは", ["Plain words", "."])
    assert ["Subject", "こんにちは"] in mail["headers"]


def test_html_of_a_mail_comes_in_a_sandbox_that_allows_no_script(inbox: Inbox) -> None:
    inbox.send(html="<script>parent.document.title='owned'</script><p>Hi</p>")
    headers, body = inbox.get(f"/mails/{inbox.mails()[0]['id']}/html")
    policy = headers["Content-Security-Policy"]
    assert b"<p>Hi</p>" in body
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


def test_the_raw_mail_is_a_download_as_it_was_sent(inbox: Inbox) -> None:
    inbox.send()
    headers, body = inbox.get(f"/mails/{inbox.mails()[0]['id']}/raw")
    assert headers["Content-Disposition"].startswith("attachment")
    assert b"Shop <hello@tansu.example>" in body


@pytest.mark.parametrize(
    "path", ["/mails/..%2f..%2fetc%2fpasswd", "/mails/../config.json/raw", "/x", "/mails/0-0"]
)
def test_an_id_cannot_name_another_file(path: str, inbox: Inbox) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        inbox.get(path)


def test_another_sites_name_for_this_machine_is_refused(inbox: Inbox) -> None:
    with pytest.raises(urllib.error.HTTPError, match="421"):
        inbox.get("/mails", Host="evil.example")


def test_a_mail_that_is_no_mail_is_still_listed(inbox: Inbox) -> None:
    folder = MailFolder(inbox.path)
    folder.add(
        b"\xff\xfe From nobody\r\nSubject: =?utf-8?b?broken\r\nTo: <<<\r\n\r\n\xff",
        recipients=["a@b.example"],
    )
    folder.add(b"", recipients=[])
    assert len(inbox.mails()) == 2
    for mail in inbox.mails():
        assert inbox.get(f"/mails/{mail['id']}")[1]


def test_half_a_file_is_not_shown(inbox: Inbox) -> None:
    (inbox.path / ".00000000000000000001-aaaaaaaa.part").write_bytes(b"Subject: half")
    assert inbox.mails() == []


def test_emptying_removes_every_mail(inbox: Inbox) -> None:
    inbox.send()
    urllib.request.urlopen(urllib.request.Request(inbox.url + "/mails", method="DELETE"), timeout=5).close()
    assert inbox.mails() == []


def test_the_page_loads_nothing_from_elsewhere(inbox: Inbox) -> None:
    for path in ("/", "/page.css", "/page.js"):
        headers, body = inbox.get(path)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert b"https://" not in body
