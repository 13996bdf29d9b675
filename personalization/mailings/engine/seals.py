"""Closed tokens: nobody without the secret can read one, change one, or make one.

AES-SIV (RFC 5297) needs no fresh randomness, so the same content always makes the same token.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_LABEL = b"omotenashi.mailings.links"
"""Keeps this key apart from all else that is derived from the secret. Changing it breaks every mail sent."""


class Seals:
    """Closes with one secret, opens with that and the older ones."""

    def __init__(self, secret: str, *, older: Sequence[str] = ()) -> None:
        self._seal = _cipher(secret)
        self._all = [self._seal, *map(_cipher, older)]

    def close(self, content: bytes, *, purpose: bytes) -> str:
        """A token for a URL. One purpose's token does not open as another's."""
        closed = self._seal.encrypt(content, [purpose])
        return base64.urlsafe_b64encode(closed).rstrip(b"=").decode("ascii")

    def open(self, token: str, *, purpose: bytes) -> bytes | None:
        """None for everything that `close` did not make."""
        try:
            closed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        for cipher in self._all:
            try:
                return cipher.decrypt(closed, [purpose])
            except (InvalidTag, ValueError):  # ValueError: shorter than a seal alone
                continue
        return None


def _cipher(secret: str) -> AESSIV:
    return AESSIV(hmac.digest(secret.encode(), _LABEL, "sha512"))
