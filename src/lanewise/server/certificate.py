"""The certificate that a gateway proves itself by: how long it is good, and a renewed one in its place without a restart.

Read `Certificate.follow` first.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from contextlib import suppress
from pathlib import Path

import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import LanewiseError

LOOK_EVERY_S = 30.0
"""How often the files are looked at. Who renews may swap files, links or folders: only looking sees all of it."""

SOON_S = 14 * 86_400.0
"""An end that is nearer is told: what renews by itself has done it by then."""

_SAID_AGAIN_S = 86_400.0
_log = structlog.get_logger()

Stamp = tuple[tuple[int, int, int], ...]


class CertificateUnusable(LanewiseError):
    """A certificate and its key cannot be used; the message says why and what to write."""


def check_pair(chain: Path, key: Path) -> None:
    """Whether a server can prove itself by these files. Raises CertificateUnusable."""
    load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), chain, key)


def load_pair(context: ssl.SSLContext, chain: Path, key: Path) -> None:
    """Have new connections of a context proved by these files. Raises CertificateUnusable: then some of them may be in it."""
    try:
        context.load_cert_chain(chain, key, password=_nobody_to_ask)
    except (ssl.SSLError, OSError, _Locked) as error:
        raise CertificateUnusable(
            f"--tls-cert {str(chain)!r} and --tls-key {str(key)!r} cannot be used: {error}. "
            "Name a certificate chain and its own private key, both in PEM"
        ) from error


def times_of(chain: Path) -> tuple[dt.datetime, dt.datetime]:
    """From when until when the chain's first certificate is good, in UTC. Raises CertificateUnusable."""
    from cryptography import x509  # noqa: PLC0415 - a twelfth of a start, and only TLS needs it

    try:
        first = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise CertificateUnusable(f"--tls-cert {str(chain)!r} cannot be read: {error}. Name a PEM file") from error
    return first.not_valid_before_utc, first.not_valid_after_utc


def wrong_at(chain: Path, now_s: float) -> str:
    """What is wrong, or soon will be, with a chain's first certificate at a moment, if anything. Raises CertificateUnusable."""
    begins, ends = times_of(chain)
    now = dt.datetime.fromtimestamp(now_s, dt.UTC)
    if now < begins:
        return f"it is good from {begins:%Y-%m-%dT%H:%MZ} on, and callers refuse it until then: see whether this machine's clock is right"
    if now >= ends:
        return f"it has expired at {ends:%Y-%m-%dT%H:%MZ}, and callers refuse it"
    if (ends - now).total_seconds() < SOON_S:
        return f"it expires at {ends:%Y-%m-%dT%H:%MZ}, in {(ends - now).days} days, and is not renewed yet"
    return ""


class Certificate:
    """The files of a running server's certificate, and the context that has it in use."""

    def __init__(self, chain: Path, key: Path, context: ssl.SSLContext, clock: Clock) -> None:
        """What the files hold now is taken as being in use."""
        self._chain = chain
        self._key = key
        self._context = context
        self._clock = clock
        self._seen = self._stamp()
        self._said = ("", 0.0)

    async def follow(self, at_once: asyncio.Event) -> None:
        """Put a renewed certificate in use as it comes, and tell of one that is not good, once a day. Ends only when it is cancelled.

        Whoever sets `at_once` has the files looked at now.
        """
        while True:
            self.warn()
            with suppress(TimeoutError):
                await asyncio.wait_for(at_once.wait(), LOOK_EVERY_S)
            at_once.clear()
            await asyncio.to_thread(self.look)

    def look(self) -> bool:
        """Whether the files are others than before, and what is in them is in use now. A pair that does not fit changes nothing.

        Connections that stand keep the one that they began with.
        """
        stamp = self._stamp()
        if stamp == self._seen or not stamp:
            return False
        self._seen = stamp
        try:
            check_pair(self._chain, self._key)
            load_pair(self._context, self._chain, self._key)
            _, ends = times_of(self._chain)
        except CertificateUnusable as error:
            _log.error("a renewed certificate cannot be used; the one in use stays", why=error.message)
            return False
        self._said = ("", 0.0)
        _log.info("certificate in use", file=str(self._chain), ends=f"{ends:%Y-%m-%dT%H:%MZ}")
        return True

    def warn(self) -> None:
        """Tell of a certificate that is not good, or not for long; the same again only after a day."""
        now_s = self._clock.now_s()
        try:
            wrong = wrong_at(self._chain, now_s)
        except CertificateUnusable as error:
            wrong = error.message
        said, at_s = self._said
        if wrong and (wrong != said or now_s - at_s >= _SAID_AGAIN_S):
            _log.warning("certificate", file=str(self._chain), why=wrong)
            self._said = (wrong, now_s)

    def _stamp(self) -> Stamp:
        """What tells these files from others; empty while one of them is away."""
        try:
            stats = [each.stat() for each in (self._chain, self._key)]
        except OSError:
            return ()
        return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in stats)


class _Locked(Exception):
    """The key has a pass phrase."""


def _nobody_to_ask() -> str:
    raise _Locked(
        "the key is locked by a pass phrase, and a gateway has nobody to ask for it: store the key without one"
    )
