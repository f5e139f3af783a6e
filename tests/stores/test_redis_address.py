"""Addresses of Redis: those that its clients know, and what is said of one that cannot be used."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from lanewise.core.errors import StoreError
from lanewise.stores.redis_address import RedisAddress, redis_address


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("redis://cache", RedisAddress(host="cache")),
        ("redis://cache:7000/", RedisAddress(host="cache", port=7000)),
        ("redis://cache/3", RedisAddress(host="cache", database=3)),
        ("redis://cache?db=4", RedisAddress(host="cache", database=4)),
        ("redis://[::1]:7000/1", RedisAddress(host="::1", port=7000, database=1)),
        ("redis://:pa%2Fss%23@cache/0", RedisAddress(host="cache", password="pa/ss#")),
        ("redis://me:secret@cache", RedisAddress(host="cache", user="me", password="secret")),
        ("unix:///run/redis%20one.sock", RedisAddress(path="/run/redis one.sock")),
        (
            "unix://me:secret@/run/r.sock?db=2",
            RedisAddress(path="/run/r.sock", database=2, user="me", password="secret"),
        ),
    ],
)
def test_an_address_is_read_as_clients_of_redis_read_it(url: str, read: RedisAddress) -> None:
    assert redis_address(url) == read


@pytest.mark.parametrize(
    "url",
    [
        "mailto:redis",
        "redis://",
        "redis:///0",
        "unix://",
        "redis://h:port/0",
        "redis://h/first",
        "redis://me:s3cr3t#pw@h/0",
    ],
)
def test_what_is_no_address_is_told_with_its_key_and_without_its_words(url: str) -> None:
    with pytest.raises(StoreError, match=r"redis\.url.*write redis://HOST:6379/0") as wrong:
        redis_address(url)
    assert "s3cr3t" not in str(wrong.value)


@pytest.mark.parametrize(
    "url", ["redis://h?health_check_interval=1", "redis://h?ssl_cert_reqs=none", "unix:///s?ssl_ca_certs=a"]
)
def test_an_option_that_would_do_nothing_is_refused_by_its_name(url: str) -> None:
    with pytest.raises(StoreError, match=url.partition("?")[2].partition("=")[0]) as wrong:
        redis_address(url)
    assert "Those of this kind of address are db" in str(wrong.value)


def test_a_password_is_not_in_what_an_address_says_of_itself() -> None:
    assert "s3cr3t" not in repr(redis_address("redis://me:s3cr3t@cache"))


def test_with_tls_a_server_must_prove_itself_unless_the_address_says_that_it_need_not(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    usual = redis_address(f"rediss://cache?ssl_ca_certs={tmp_path}/ca.pem").tls
    lax = redis_address("rediss://cache?ssl_cert_reqs=none").tls
    assert usual is not None
    assert (usual.verify_mode, usual.check_hostname, len(usual.get_ca_certs())) == (ssl.CERT_REQUIRED, True, 1)
    assert lax is not None
    assert (lax.verify_mode, lax.check_hostname) == (ssl.CERT_NONE, False)


def test_what_tls_is_to_be_made_of_is_told_where_it_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for option in (f"ssl_ca_certs={tmp_path}/gone.pem", f"ssl_certfile={tmp_path}/no.pem"):
        with pytest.raises(StoreError, match=option.partition("=")[0]):
            redis_address(f"rediss://cache?{option}")
    with pytest.raises(StoreError, match="write required, or none"):
        redis_address("rediss://cache?ssl_cert_reqs=optional")
