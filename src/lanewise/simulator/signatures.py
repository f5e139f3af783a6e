"""Signs thinking and checks it when it comes back: only the same vendor, account and model may return it unchanged."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_VERSION = b"SIMULATED1"


class Signer:
    """Signs with a key derived from the simulator's seed, so a restarted simulator still knows its own thinking."""

    def __init__(self, seed: int) -> None:
        self._key = hashlib.blake2b(f"simulated thinking {seed}".encode(), digest_size=32).digest()

    def sign(self, text: str, *, account: str, model: str, nonce: str) -> str:
        """The signature of a thinking block as the caller sees it (its text may be omitted)."""
        salt = hashlib.blake2b(nonce.encode(), digest_size=24).digest()
        return base64.b64encode(_VERSION + salt + self._mac(salt, text, account, model)).decode()

    def valid(self, signature: str, text: str, *, account: str, model: str) -> bool:
        """Whether this simulator signed exactly this text for this account and model."""
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        salt, mac = raw[len(_VERSION) : len(_VERSION) + 24], raw[len(_VERSION) + 24 :]
        return raw.startswith(_VERSION) and hmac.compare_digest(mac, self._mac(salt, text, account, model))

    def _mac(self, salt: bytes, text: str, account: str, model: str) -> bytes:
        message = b"\0".join((salt, account.encode(), model.encode(), text.encode()))
        return hmac.new(self._key, message, hashlib.sha256).digest()
