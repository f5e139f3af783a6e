"""Where a Redis or Valkey server is, as `redis.url` says it: the host or socket, the database, who asks, and TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from lanewise.core.errors import StoreError

_PORT = 6379
_OF_TLS = ("ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_keyfile")
_EXAMPLE = "write redis://HOST:6379/0, rediss:// for TLS, or unix:///PATH, a password in it percent-encoded"


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisAddress:
    """A server's socket where it has a `path`, else its host and port; `tls` is what it must prove itself by."""

    host: str = ""
    port: int = _PORT
    path: str = ""
    database: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None


def redis_address(url: str) -> RedisAddress:
    """Read an address. Raises StoreError, without the address's words: one of them may be a password."""
    try:
        parts = urlsplit(url)
        return _read(parts, dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))))
    except ValueError:
        raise StoreError(f"The address of Redis (redis.url) cannot be used: {_EXAMPLE}") from None


def _read(parts: SplitResult, options: dict[str, str]) -> RedisAddress:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    database = options.pop("db", None)
    if parts.scheme == "unix":
        _no_more(options, ("db",))
        path = _required(unquote(parts.path))
        return RedisAddress(path=path, database=int(database or 0), user=user, password=password)
    if parts.scheme not in ("redis", "rediss"):
        raise ValueError
    _no_more(options, ("db", *(_OF_TLS if parts.scheme == "rediss" else ())))
    if parts.fragment:  # a password with an unescaped # ends the address there
        raise ValueError
    return RedisAddress(
        host=_required(unquote(parts.hostname or "")),
        port=parts.port or _PORT,
        database=int(database or unquote(parts.path).strip("/") or 0),
        user=user,
        password=password,
        tls=_tls(options) if parts.scheme == "rediss" else None,
    )


def _required(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _no_more(options: dict[str, str], known: tuple[str, ...]) -> None:
    for name in options:
        if name not in known:
            raise StoreError(
                f"The address of Redis (redis.url) has an option that is not known: {name!r}. "
                f"Those of this kind of address are {', '.join(known)}"
            )


def _tls(options: dict[str, str]) -> ssl.SSLContext:
    """By the names that clients of Redis have for it."""
    proof = options.get("ssl_cert_reqs", "required")
    if proof not in ("none", "required"):
        raise StoreError("ssl_cert_reqs in the address of Redis (redis.url) is neither: write required, or none")
    try:
        context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
        if proof == "none":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if "ssl_certfile" in options:
            context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"))
    except OSError as error:
        raise StoreError(
            f"A certificate that the address of Redis (redis.url) names cannot be read ({', '.join(options)}): {error}"
        ) from error
    return context
