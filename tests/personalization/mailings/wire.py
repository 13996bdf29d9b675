"""Reads a mail off the wire by the grammar of the RFCs alone. Knows nothing of how ours are written.

RFC 5322 (format), 2045 to 2047 (MIME), 2369 and 8058 (leaving a list). Raises AssertionError with the rule.
"""

from __future__ import annotations

import base64
import quopri
import re
from dataclasses import dataclass

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_DOT_ATOM = rf"{_ATEXT}+(?:\.{_ATEXT}+)*"
_FIELD_NAME = re.compile(rb"[\x21-\x39\x3b-\x7e]+")
_MESSAGE_ID = re.compile(rf"<{_DOT_ATOM}@{_DOT_ATOM}>")
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9-]+)\?([bBqQ])\?([\x21-\x3e\x40-\x7e]*)\?=")
_QUOTED = r'"(?:[^"\\\r\n]|\\[\x20-\x7e])*"'
_PHRASE = rf"(?:{_QUOTED}|{_ATEXT}+)(?: (?:{_QUOTED}|{_ATEXT}+))*"
_MAILBOX = re.compile(rf"(?:(?P<name>{_PHRASE}) <(?P<bracketed>{_DOT_ATOM}@{_DOT_ATOM})>"
                      rf"|<?(?P<bare>{_DOT_ATOM}@{_DOT_ATOM})>?)")  # fmt: skip
_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?:0?[1-9]|[12]\d|3[01]) "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60))? [+-]\d{4}"
)
# RFC 5322, 3.6: how often each may occur.
_ONCE = ("from", "date")
_AT_MOST_ONCE = (
    "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject",
    "mime-version", "content-type", "content-transfer-encoding",
    "list-unsubscribe", "list-unsubscribe-post", "list-id",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    kind: str
    charset: str
    text: str


@dataclass(frozen=True)
class Wire:
    headers: dict[str, str]
    """By lower-case name, unfolded, as they stand on the wire: encoded words are not decoded."""
    parts: list[Part]

    def mailbox(self, name: str) -> tuple[str, str]:
        found = _MAILBOX.fullmatch(self.headers[name])
        assert found, f"{name} is no mailbox (RFC 5322, 3.4): {self.headers[name]}"
        return decoded(found["name"] or ""), found["bracketed"] or found["bare"]

    def unsubscribe_uris(self) -> list[str]:
        """RFC 2369, 2: URIs in angle brackets, parted by commas; whitespace within brackets is dropped."""
        value = self.headers["list-unsubscribe"]
        assert re.fullmatch(r"<[^<>]+>(?:\s*,\s*<[^<>]+>)*", value), f"RFC 2369, 2: {value}"
        return [re.sub(r"\s", "", uri) for uri in re.findall(r"<([^<>]+)>", value)]


def read(raw: bytes) -> Wire:
    _check_lines(raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = _headers(head)
    counts = {name: sum(own == name for own, _ in headers) for name in {own for own, _ in headers}}
    for name in _ONCE:
        assert counts.get(name) == 1, f"{name} must stand exactly once (RFC 5322, 3.6)"
    for name in _AT_MOST_ONCE:
        assert counts.get(name, 0) <= 1, f"{name} may stand once (RFC 5322, 3.6)"
    found = dict(headers)
    _check_values(found)
    return Wire(headers=found, parts=_parts(found, body=body))


def decoded(value: str) -> str:
    """RFC 2047: encoded words; white space between two of them is not shown."""
    plain = value[1:-1].replace('\\"', '"').replace("\\\\", "\\") if value.startswith('"') else value
    joined = re.sub(r"(\?=)\s+(=\?)", r"\1\2", plain)
    return _ENCODED_WORD.sub(_word, joined)


def _word(found: re.Match[str]) -> str:
    assert len(found[0]) <= 75, f"an encoded word of {len(found[0])} characters (RFC 2047, 2)"
    if found[2] in "bB":
        octets = base64.b64decode(found[3], validate=True)
    else:
        octets = quopri.decodestring(found[3].replace("_", " "))
    return octets.decode(found[1])  # strict: a word may not end inside a character


def _check_lines(raw: bytes) -> None:
    assert b"\0" not in raw
    without_ends = raw.replace(b"\r\n", b"")
    assert b"\r" not in without_ends, "a lone carriage return (RFC 5322, 2.3)"
    assert b"\n" not in without_ends, "a lone line feed (RFC 5322, 2.3)"
    longest = max(len(line) for line in raw.split(b"\r\n"))
    assert longest <= 998, f"a line of {longest} characters (RFC 5322, 2.1.1)"


def _headers(head: bytes) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in head.split(b"\r\n"):
        assert line.isascii(), f"a header that is not ASCII (RFC 5322, 2.2): {line!r}"
        if line[:1] in b" \t" and line:
            assert line.strip(), "a folded line of white space only (RFC 5322, 3.2.2)"
            name, value = found.pop()
            found.append((name, f"{value} {line.decode().strip()}"))
            continue
        name_octets, colon, value_octets = line.partition(b":")
        assert colon, f"no header field (RFC 5322, 2.2): {line!r}"
        assert _FIELD_NAME.fullmatch(name_octets), f"not a name (RFC 5322, 2.2): {name_octets!r}"
        found.append((name_octets.decode().lower(), value_octets.decode().strip()))
    return found


def _check_values(headers: dict[str, str]) -> None:
    assert _DATE.fullmatch(headers["date"]), f"RFC 5322, 3.3: {headers['date']}"
    assert _MESSAGE_ID.fullmatch(headers["message-id"]), f"RFC 5322, 3.6.4: {headers['message-id']}"
    assert headers["mime-version"] == "1.0", "RFC 2045, 4"
    for value in headers.values():
        for found in _ENCODED_WORD.finditer(value):
            _word(found)


def _parts(headers: dict[str, str], *, body: bytes) -> list[Part]:
    kind, parameters = _content_type(headers["content-type"])
    assert kind == "multipart/alternative", kind
    boundary = parameters["boundary"].encode()
    assert 1 <= len(boundary) <= 70, "RFC 2046, 5.1.1"
    opening, *pieces = re.split(rb"(?:^|\r\n)--" + re.escape(boundary), body)
    assert not opening.strip(), "text before the first part, which no reader shows"
    assert pieces[-1].startswith(b"--"), "the last boundary is missing (RFC 2046, 5.1.1)"
    return [_part(piece) for piece in pieces[:-1]]


def _part(piece: bytes) -> Part:
    assert piece.startswith(b"\r\n"), "RFC 2046, 5.1.1"
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = dict(_headers(head))
    kind, parameters = _content_type(headers["content-type"])
    encoding = headers.get("content-transfer-encoding", "7bit").lower()
    assert max(len(line) for line in content.split(b"\r\n")) <= 76, f"RFC 2045, 6.7 and 6.8: {encoding}"
    octets = _decode(content, encoding=encoding)
    return Part(kind=kind, charset=parameters["charset"].lower(), text=octets.decode(parameters["charset"]))


def _decode(content: bytes, *, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.b64decode(content.replace(b"\r\n", b""), validate=True)
    assert encoding == "quoted-printable", encoding
    assert not re.search(rb"=(?![0-9A-F]{2}|\r\n)", content), "RFC 2045, 6.7, rule 1"
    assert not re.search(rb"[ \t]\r\n", content), "RFC 2045, 6.7, rule 3"
    return quopri.decodestring(content)


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    kind, *given = [piece.strip() for piece in value.split(";")]
    pairs = [piece.split("=", 1) for piece in given]
    return kind.lower(), {name.lower(): text.strip('"') for name, text in pairs}
