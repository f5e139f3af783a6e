"""Asks a model server on this machine which models it has. Nothing else is ever contacted."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import aiohttp
import msgspec

PROBE_TIMEOUT_S = 0.5  # a server on this machine answers at once, or is not there
_MOST_BYTES = 1_000_000


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


async def models_at(base_url: str, *, timeout_s: float = PROBE_TIMEOUT_S) -> tuple[str, ...]:
    """The model names that an OpenAI-compatible server at a loopback address lists; none where nothing (or something else) answers.

    Raises:
        ValueError: the address is not a loopback address.
    """
    host = urlsplit(base_url).hostname or ""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{base_url!r} is not on this machine; only loopback addresses are asked")
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.get(f"{base_url}/models", allow_redirects=False) as response,
        ):
            body = await response.content.read(_MOST_BYTES)
            listed = msgspec.json.decode(body, type=_Models) if response.status == 200 else _Models(data=[])
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError):
        return ()  # whatever it is, it is no model server
    return tuple(model.id for model in listed.data)
