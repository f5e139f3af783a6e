"""Tokens of a request, asked of vendors that count them before they answer."""

from __future__ import annotations

from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Deployment
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect, Request
from lanewise.providers.http import MAX_ERROR_BYTES, read_body, with_passed
from lanewise.providers.pools import Pools
from lanewise.providers.socket_failures import SOCKET_ERRORS, failure_of
from lanewise.wire.anthropic.counting import estimate, read_count, write_count
from lanewise.wire.failure import read_failure

_LONGEST_SILENCE_S = 10.0
_ROOMY = 1_000_000_000  # tokens: no output is asked for, so that no cap is in thinking's way


class HttpTokenCounter:
    """Asks vendors that speak Anthropic's dialect; others have no way to be asked by."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def count(self, request: Request, deployment: Deployment) -> int | Failure | None:
        """The vendor's own count. Raises InvalidRequest where the model cannot take the request."""
        if deployment.provider.dialect is not Dialect.ANTHROPIC_MESSAGES:
            return None
        call = Call(request=request, deployment=deployment, stream=request.stream, max_output_tokens=_ROOMY)
        wire = write_count(call)
        path, headers = with_passed(wire, call)
        async with self._pools.of(deployment.provider) as pool:
            try:
                response = await pool.post(pool.url(deployment.model, path), wire.body, headers, _LONGEST_SILENCE_S)
            except SOCKET_ERRORS as error:
                return failure_of(error)
            try:
                body, failure = await read_body(response, MAX_ERROR_BYTES)
                if failure is not None:
                    return failure
                if not 200 <= response.status < 300:
                    return read_failure(response.status, response.headers, body)
            finally:
                response.close()
        tokens = read_count(body)
        if tokens is None:
            return Failure(kind=FailureKind.MALFORMED, message="The vendor's count of tokens is none")
        return tokens

    def estimate(self, request: Request) -> int:
        """By the usual ratio of bytes."""
        return estimate(request)
