"""Encryption of what the store keeps for callers: AES-256-GCM under one key, from the environment or from a file beside the store."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lanewise.core.errors import StoreError
from lanewise.stores.address import Store, beside

KEY_VARIABLE = "LANEWISE_STATE_KEY"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_NO_NONCE = bytes(_NONCE_BYTES)
_LEAST_CHARS = 32  # of a key in the environment: 128 bits, written in hexadecimal


class Seal:
    """Encrypts and decrypts; `name` is bound to what is sealed, so that one row cannot stand in for another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._marker = AESGCM(hashlib.sha256(b"mark" + key).digest())
        self.turning = hashlib.sha256(b"turn" + key).digest()
        """What vectors are turned by in a database that must not have them as they are; never shown."""
        self.name = hashlib.sha256(b"name" + key).hexdigest()[:16]  # tells keys apart, and nothing of them

    def mark(self, content: bytes) -> bytes:
        """16 bytes that are equal for equal contents, and for others with a chance of less than 2^-100 (GHASH under a secret key).

        To be hidden behind a digest, never shown: marks of one key tell of the key.
        """
        return self._marker.encrypt(_NO_NONCE, b"", content)

    def close(self, content: bytes, name: bytes) -> bytes:
        """The content, sealed under a nonce of its own."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, name)

    def open(self, sealed: bytes, name: bytes) -> bytes | None:
        """The content; None where it was sealed with another key, for another name, or has been changed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name)
        except (InvalidTag, ValueError):
            return None


def seal_for(store: Store, environment: Mapping[str, str]) -> Seal:
    """The seal of a store: with the environment's key, else with that of the file beside it, which is made where it is missing.

    Raises StoreError for a key that is too short to be one, or a file that cannot be read or made.
    """
    written = environment.get(KEY_VARIABLE, "")
    if written:
        if len(written) < _LEAST_CHARS:
            raise StoreError(
                f"{KEY_VARIABLE} has {len(written)} characters; write at least {_LEAST_CHARS}, for example from `openssl rand -hex 32`"
            )
        return Seal(hashlib.sha256(written.encode()).digest())
    return Seal(_key_of(beside(store, "key")))


def _key_of(file: Path) -> bytes:
    try:
        if not file.exists():
            _make(file)
        key = file.read_bytes()
    except OSError as error:
        raise StoreError(f"Cannot read or make the key file {str(file)!r}: {error}") from error
    if len(key) != _KEY_BYTES:
        raise StoreError(
            f"The key file {str(file)!r} has {len(key)} bytes and not {_KEY_BYTES}: put the right one back, or delete it for a new one; "
            "what was sealed with another key is then forgotten"
        )
    return key


def _make(file: Path) -> None:
    """A new key, readable by its owner only, never half written, and the first one where several processes make one."""
    fresh = file.with_name(f"{file.name}.new-{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(secrets.token_bytes(_KEY_BYTES))
        handle.flush()
        os.fsync(handle.fileno())
    try:
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink()
