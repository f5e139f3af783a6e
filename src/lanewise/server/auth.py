"""Who is asking: a bearer key, looked up by its SHA-256. The door is closed by default; `--dev` opens it on loopback only."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from starlette.types import Scope

from lanewise.core.acts import Actor
from lanewise.core.errors import InvalidKey, NotAllowed
from lanewise.core.request import Caller
from lanewise.server.asgi import header
from lanewise.server.paths import query_key
from lanewise.server.permits import permit

DEV_CALLER = Caller(tenant="dev", key_id="dev", admin=True)
_KEY_HEADERS = (b"x-api-key", b"x-goog-api-key", b"api-key")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Keys(Protocol):
    """Knows every key in force."""

    def caller(self, token: str) -> Caller:
        """Whose key this is. Raises InvalidKey for one that is unknown, revoked or expired."""


class Door:
    """Decides who may enter."""

    def __init__(self, keys: Keys, *, dev: bool = False) -> None:
        self._keys = keys
        self._dev = dev

    def caller(self, scope: Scope) -> Caller:
        """Who is asking. Raises InvalidKey, and NotAllowed where the key's scope does not hold for this path."""
        caller = self._caller(scope)
        if caller.scope is not None:
            permit(caller, caller.scope, scope)
        return caller

    def _caller(self, scope: Scope) -> Caller:
        authorization = header(scope, b"authorization")
        token = None
        if authorization is not None and authorization[:7].lower() == "bearer ":
            token = authorization[7:].strip()
        token = token or _elsewhere(scope)
        if self._dev:
            return self._in_dev(scope, token)
        if not token:
            raise InvalidKey("No key was sent; write the header 'Authorization: Bearer lw_...'")
        return self._keys.caller(token)

    def admin(self, scope: Scope) -> Caller:
        """Who is asking, if it may administer. Raises InvalidKey, NotAllowed."""
        caller = self.caller(scope)
        if not caller.admin:
            raise NotAllowed("This needs an admin key; make one with 'lanewise keys create --admin'")
        return caller

    def _in_dev(self, scope: Scope, token: str | None) -> Caller:
        """Any key or none: but no page of another site may use a developer's browser to come in."""
        host, origin = header(scope, b"host"), header(scope, b"origin")
        if (host and not _here(f"//{host}")) or (origin is not None and not _here(origin)):
            raise NotAllowed("With --dev, only this machine may ask; start without --dev and use a key")
        try:
            return self._keys.caller(token) if token else DEV_CALLER
        except InvalidKey:
            return DEV_CALLER


def actor_of(scope: Scope, door: Door) -> Actor:
    """Who acts in this request, and from where. Raises InvalidKey, NotAllowed."""
    client = scope.get("client")
    return Actor(who=door.caller(scope).key_id, where="" if client is None else str(client[0]))


def _elsewhere(scope: Scope) -> str | None:
    """The key where other dialects' clients put it: Anthropic's header, Google's, Azure's, and Google's query parameter."""
    return next(filter(None, (header(scope, name) for name in _KEY_HEADERS)), None) or query_key(scope)


def _here(url: str) -> bool:
    """Whether a URL names this machine's loopback; an opaque origin (`null`) and a malformed host do not."""
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False
