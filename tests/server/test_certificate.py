"""A certificate that is not good is told, and a renewed one is in use without a restart."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs

from lanewise.core.clock import SystemClock
from lanewise.server.certificate import Certificate, CertificateUnusable, check_pair, load_pair, times_of, wrong_at

AUTHORITY = trustme.CA()
DAY_S = 86_400.0


class Moment(SystemClock):
    """A clock that stands."""

    def __init__(self, now_s: float) -> None:
        self._now_s = now_s

    def now_s(self) -> float:
        return self._now_s


class Files:
    """A chain and its key, as `--tls-cert` and `--tls-key` name them."""

    def __init__(self, folder: Path) -> None:
        self.chain, self.key = folder / "chain.pem", folder / "key.pem"
        self.ends_s = 0.0
        self.renew()

    def renew(self, *, ends: dt.datetime | None = None) -> None:
        issued = AUTHORITY.issue_cert("127.0.0.1", not_after=ends)
        for file, pem in ((self.chain, issued.cert_chain_pems[0]), (self.key, issued.private_key_pem)):
            pem.write_to_path(str(file) + ".new")
            Path(f"{file}.new").replace(file)
        self.ends_s = times_of(self.chain)[1].timestamp()

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        load_pair(context, self.chain, self.key)
        return context

    def certificate(self, now_s: float = 0.0, context: ssl.SSLContext | None = None) -> Certificate:
        return Certificate(self.chain, self.key, context or self.context(), Moment(now_s or self.ends_s - 60 * DAY_S))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@asynccontextmanager
async def listening(context: ssl.SSLContext) -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def proved_by(port: int) -> bytes:
    """The certificate that whoever listens there shows."""
    trusting = ssl.create_default_context()
    AUTHORITY.configure_trust(trusting)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return shown


async def test_a_renewed_certificate_proves_the_next_connection(files: Files) -> None:
    context = files.context()
    certificate = files.certificate(context=context)
    async with listening(context) as port:
        before = await proved_by(port)
        assert not certificate.look()
        files.renew()
        assert certificate.look()
        after = await proved_by(port)
    assert before != after
    assert after == ssl.PEM_cert_to_DER_cert(files.chain.read_text())


async def test_half_a_renewal_changes_nothing_and_its_other_half_does(files: Files, tmp_path: Path) -> None:
    context = files.context()
    certificate = files.certificate(context=context)
    (tmp_path / "other").mkdir()
    other = Files(tmp_path / "other")
    async with listening(context) as port:
        before = await proved_by(port)
        other.chain.replace(files.chain)
        with capture_logs() as logged:
            assert not certificate.look()
            assert not certificate.look()  # the same files are told once
        assert [each["event"] for each in logged] == ["a renewed certificate cannot be used; the one in use stays"]
        assert await proved_by(port) == before
        other.key.replace(files.key)
        assert certificate.look()
        assert await proved_by(port) != before


def test_files_that_are_away_change_nothing(files: Files) -> None:
    certificate = files.certificate()
    files.key.unlink()
    assert not certificate.look()


@pytest.mark.parametrize(
    ("before_the_end_s", "says"),
    [(60 * DAY_S, ""), (13.5 * DAY_S, "in 13 days, and is not renewed yet"), (-1.0, "has expired at")],
)
def test_an_end_that_is_near_or_over_is_told(files: Files, before_the_end_s: float, says: str) -> None:
    wrong = wrong_at(files.chain, files.ends_s - before_the_end_s)
    assert (says in wrong) if says else not wrong


def test_one_that_is_not_good_yet_is_told_with_a_word_on_the_clock(files: Files) -> None:
    begins = times_of(files.chain)[0].timestamp()
    assert "see whether this machine's clock is right" in wrong_at(files.chain, begins - 1)


def test_it_is_told_once_a_day(files: Files) -> None:
    clock = Moment(files.ends_s + 1)
    certificate = Certificate(files.chain, files.key, files.context(), clock)
    with capture_logs() as logged:
        certificate.warn()
        certificate.warn()
        clock._now_s += DAY_S
        certificate.warn()
    assert [each["event"] for each in logged] == ["certificate"] * 2
    assert "has expired" in logged[0]["why"]


def test_a_key_that_is_locked_is_refused_and_nobody_is_asked(files: Files) -> None:
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"open sesame")
    pkcs8 = serialization.PrivateFormat.PKCS8
    files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, locked))
    with pytest.raises(CertificateUnusable, match="store the key without one"):
        check_pair(files.chain, files.key)


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_named(files: Files, text: str) -> None:
    files.chain.write_text(text)
    for read in (lambda: check_pair(files.chain, files.key), lambda: wrong_at(files.chain, 0.0)):
        with pytest.raises(CertificateUnusable, match=r"chain\.pem'"):
            read()
