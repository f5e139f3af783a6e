"""Which path speaks which dialect, however a client's base URL begins.

SDKs put their own path behind a base URL that users write with or without a version, and often copy from another gateway: every such
spelling means the one canonical path that the reference names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from urllib.parse import parse_qsl

from starlette.types import Scope

from lanewise.core.request import NO_TARGET, Dialect, Target
from lanewise.server.asgi import header

#: The canonical paths of requests for an answer that say nothing but their dialect.
ANSWERS: Mapping[str, Dialect] = MappingProxyType(
    {
        "/v1/chat/completions": Dialect.OPENAI_CHAT,
        "/v1/responses": Dialect.OPENAI_RESPONSES,
        "/v1/messages": Dialect.ANTHROPIC_MESSAGES,
    }
)
EMBEDDINGS = "/v1/embeddings"
#: Gemini's, whose last word says the model and whether it streams.
GENERATE, STREAM = "/v1beta/models/{model}:generateContent", "/v1beta/models/{model}:streamGenerateContent"

KEY_PARAMETER = "key"
"""Google's, which some clients send instead of a header."""

_ROOMS = ("", "/openai", "/anthropic", "/gemini", "/google")  # as gateways and vendors divide their hosts
_VERSIONS = ("", "/v1", "/v1/v1")  # a base URL without the version, with it, and with it although the SDK adds it too
_ROOM = re.compile(r"^/(?:openai|anthropic|gemini|google)(?=/)")
_AZURE = re.compile(r"^/deployments/[^/]+(?=/)")
_VERTEX = re.compile(r"^/v1(?:beta1)?/projects/[^/]+/locations/[^/]+/publishers/[^/]+(?=/models/)")
_TWICE = re.compile(r"^/v1(?=/v1(?:beta|alpha|beta1)?/)")
_GEMINI = re.compile(r"^(?:/v1(?:beta|alpha|beta1)?)?/models/(?P<model>.+):(?P<act>\w+)$")
_MESSAGES = re.compile(r"^/v1/messages(?:/|$)")
_VERSIONED = re.compile(r"^/v1(?:beta|alpha)?/")
_UNVERSIONED = re.compile(r"^/(?:chat/completions|responses|messages|embeddings|models)(?:/|$)")
_STREAMS = MappingProxyType({"generateContent": False, "streamGenerateContent": True})


def spellings(path: str) -> list[str]:
    """Every fixed way to write a canonical path that begins with its version."""
    rest = path.removeprefix("/v1")
    return [room + version + rest for room, version in product(_ROOMS, _VERSIONS)]


@lru_cache(maxsize=256)
def canonical(path: str) -> str:
    """The path that this one means; itself where it means no other."""
    bare = _ROOM.sub("", path)
    if bare != path:
        bare = _AZURE.sub("", bare)
    bare = _VERTEX.sub("/v1beta", _TWICE.sub("", bare))
    gemini = _GEMINI.match(bare)
    if gemini is not None and gemini["act"] in _STREAMS:
        return f"/v1beta/models/{gemini['model']}:{gemini['act']}"
    if _UNVERSIONED.match(bare):
        return "/v1" + bare
    return bare if _VERSIONED.match(bare) else path


@lru_cache(maxsize=256)
def target_of(path: str) -> Target:
    """What a canonical path says of its request."""
    gemini = _GEMINI.match(path)
    if gemini is None or gemini["act"] not in _STREAMS:
        return NO_TARGET
    return Target(model=gemini["model"], stream=_STREAMS[gemini["act"]])


def dialect_of(scope: Scope) -> Dialect:
    """In which dialect to speak to whoever sent this: by its path, else by what only that dialect's clients send."""
    path = canonical(scope["path"])
    known = ANSWERS.get(path)
    if known is not None:
        return known
    if path.startswith("/v1beta/") or target_of(path) is not NO_TARGET:
        return Dialect.GEMINI
    if _MESSAGES.match(path) or header(scope, b"anthropic-version") is not None:
        return Dialect.ANTHROPIC_MESSAGES
    if path.startswith("/v1/responses/"):
        return Dialect.OPENAI_RESPONSES
    if header(scope, b"x-goog-api-key") is not None or query_key(scope) is not None:
        return Dialect.GEMINI
    return Dialect.OPENAI_CHAT


def query_key(scope: Scope) -> str | None:
    """Google's `?key=`, which some clients send instead of a header."""
    query: bytes = scope.get("query_string", b"")
    if b"key=" not in query:
        return None
    return next((value for name, value in parse_qsl(query.decode("latin-1")) if name == KEY_PARAMETER and value), None)
