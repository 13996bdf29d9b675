"""Quoted-printable in pieces that may be joined in any order: what is fixed in a template is encoded once.

Each piece begins at the start of a line and ends with a soft line break, which the reader removes. So lines
stay short wherever values stand, and leading dots can be doubled (RFC 5321, 4.5.2) piece by piece.
"""

from __future__ import annotations

import re
from binascii import a2b_qp, b2a_qp

_LINE_END = re.compile(r"\r+\n?")
_LEADING_DOT = re.compile(rb"(?m)^\.")


def quoted(text: str) -> bytes:
    """A piece on the wire; empty text is no piece at all."""
    if not text:
        return b""
    plain = _LINE_END.sub("\n", text) if "\r" in text else text
    # One character more, and taken off again: it keeps the last line's room for the soft break.
    lines = b2a_qp(f"{plain}x".encode("utf-8", "replace"), istext=True)[:-1]
    if lines[-1:] != b"\n":
        lines += b"=\n"
    if lines[:1] == b"." or b"\n." in lines:  # asked first: a mail has dozens of pieces, and few have dots
        lines = _LEADING_DOT.sub(b"..", lines)
    return lines.replace(b"\n", b"\r\n")


def decoded_length(pieces: bytes) -> int:
    """How long the text is that the reader gets; a little less than the pieces on the wire."""
    return len(a2b_qp(pieces.replace(b"\r\n..", b"\r\n.")))
