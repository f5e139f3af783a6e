"""What is left of a caller's rates, in the headers that vendors' SDKs and their users read: OpenAI's, and Anthropic's in its dialect."""

from __future__ import annotations

import datetime as dt

from lanewise.core.protocols.hot_state import Allowed, Standing
from lanewise.core.request import Dialect
from lanewise.server.asgi import Headers

LIMITS_HEADER = b"x-lanewise-limits"
ALONE = "alone"
"""Said where the state that processes share is out of reach, so that this one holds its share of each limit by itself."""


def rate_headers(standing: Standing, dialect: Dialect, now_s: float) -> Headers:
    """Limits of a minute, what remains now, and when all of it is back. `now_s` is since the Unix epoch."""
    sent: Headers = []
    for what, allowed in ((b"requests", standing.requests), (b"tokens", standing.tokens)):
        if allowed is None:
            continue
        sent += (
            (b"x-ratelimit-limit-" + what, b"%d" % allowed.limit),
            (b"x-ratelimit-remaining-" + what, b"%d" % allowed.remaining),
            (b"x-ratelimit-reset-" + what, reset_text(allowed.reset_s)),
        )
        if dialect is Dialect.ANTHROPIC_MESSAGES:
            sent += _anthropic(what, allowed, now_s)
    if standing.alone:
        sent.append((LIMITS_HEADER, ALONE.encode()))
    return sent


def reset_text(reset_s: float) -> bytes:
    """A time as OpenAI writes it: `120ms`, `1s`, `6m0s`."""
    if reset_s < 1:
        return b"%dms" % round(reset_s * 1000)
    minutes, seconds = divmod(round(reset_s), 60)
    return b"%dm%ds" % (minutes, seconds) if minutes else b"%ds" % seconds


def _anthropic(what: bytes, allowed: Allowed, now_s: float) -> Headers:
    at = dt.datetime.fromtimestamp(now_s + allowed.reset_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        (b"anthropic-ratelimit-" + what + b"-limit", b"%d" % allowed.limit),
        (b"anthropic-ratelimit-" + what + b"-remaining", b"%d" % allowed.remaining),
        (b"anthropic-ratelimit-" + what + b"-reset", at.encode()),
    ]
