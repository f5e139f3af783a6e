"""The line to a Redis or Valkey server that keeps the hot state of several processes. What it does there is in `hot_limits.lua`.

The client is an extra, and its import takes a while: only a policy with `redis` loads it.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lanewise.core.errors import StoreError
from lanewise.core.protocols.hot_line import LineLost

if TYPE_CHECKING:
    import redis.asyncio

_OWN_KEYS = ("processes", "word", "keys")


class RedisLine:
    """One connection, one batch at a time: whoever asks meanwhile goes with the next batch."""

    def __init__(self, url: str, *, timeout_s: float, prefix: str) -> None:
        """`prefix` keeps gateways apart that share a server. Raises StoreError without the client, or where the address is none."""
        self._redis = _client()
        script = files("lanewise.stores").joinpath("hot_limits.lua").read_text(encoding="utf-8")
        retry = importlib.import_module("redis.asyncio.retry").Retry(
            importlib.import_module("redis.backoff").NoBackoff(), 0
        )
        try:
            self._client: redis.asyncio.Redis = self._redis.asyncio.Redis.from_url(
                url,
                socket_timeout=timeout_s,
                socket_connect_timeout=timeout_s,
                retry=retry,
                single_connection_client=False,
                max_connections=2,
            )
        except ValueError:  # its words may repeat a password
            raise StoreError(
                "The address of Redis (redis.url) cannot be used: write redis://HOST:6379/0, a password in it percent-encoded"
            ) from None
        self._script = self._client.register_script(script)
        # One hash tag, so that a cluster keeps all of it in one place.
        self._prefix = "{" + prefix + "}:"
        self._own_keys = [self._prefix + name for name in _OWN_KEYS]

    async def carry_out(self, subjects: Sequence[str], batch: bytes) -> bytes:
        """Have a batch carried out. Raises LineLost."""
        keys = [*self._own_keys, *(self._prefix + "of:" + subject for subject in subjects)]
        try:
            answer = await self._script(keys=keys, args=[batch])
        except (self._redis.RedisError, OSError) as error:
            await self._client.connection_pool.disconnect()
            raise LineLost(str(error)) from error
        if not isinstance(answer, bytes):
            raise LineLost("Redis answered something else")
        return answer

    async def keys_changed(self) -> None:
        """Tell every process that keys were made, changed or revoked. Raises LineLost."""
        try:
            await self._client.incr(self._own_keys[2])
        except (self._redis.RedisError, OSError) as error:
            raise LineLost(str(error)) from error

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()


def _client() -> Any:  # noqa: ANN401 - an extra, known only now
    try:
        importlib.import_module("redis.asyncio")
        return importlib.import_module("redis")
    except ImportError:
        raise StoreError("The policy has `redis`, which needs an extra: install lanewise[redis]") from None
