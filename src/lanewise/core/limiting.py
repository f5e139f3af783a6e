"""How much at once and how much in a minute: what the policy says of tenants, of their keys, and of the process."""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE_S = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one tenant or one key may have; None where nothing bounds it.

    No minute has more than the rate in it. A burst below 1 smooths it besides: so much of it at once, the rest as time goes by.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None  # input and output together
    burst: float = 1.0  # the share of a minute's rate that may come at once; one request always may
    concurrency: int | None = None
    smooth: bool = field(init=False, repr=False, compare=False)  # not all of a minute's rate may come at once
    request_s: float = field(init=False, repr=False, compare=False)  # of the rate's time, that one request takes
    requests_burst_s: float = field(init=False, repr=False, compare=False)  # that may be taken ahead of time
    token_s: float = field(init=False, repr=False, compare=False)
    tokens_burst_s: float = field(init=False, repr=False, compare=False)
    tokens_at_once: int = field(init=False, repr=False, compare=False)  # more could never begin
    unlimited: bool = field(init=False, repr=False, compare=False)  # nothing is bounded

    def __post_init__(self) -> None:
        burst_s = self.burst * MINUTE_S
        request_s = MINUTE_S / self.requests_per_minute if self.requests_per_minute else 0.0
        token_s = MINUTE_S / self.tokens_per_minute if self.tokens_per_minute else 0.0
        object.__setattr__(self, "smooth", self.burst < 1.0)  # asked for every request, as are the others
        object.__setattr__(self, "request_s", request_s)
        object.__setattr__(self, "requests_burst_s", max(burst_s, request_s))
        object.__setattr__(self, "token_s", token_s)
        object.__setattr__(self, "tokens_burst_s", max(burst_s, token_s))
        object.__setattr__(self, "tokens_at_once", max(1, int((self.tokens_per_minute or 0) * self.burst)))
        object.__setattr__(self, "unlimited", not request_s and not token_s and self.concurrency is None)


UNLIMITED = Limits()


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyLimits:
    """What each key of a tenant may have, and single keys by their id."""

    each: Limits = UNLIMITED
    single: dict[str, Limits] = field(default_factory=dict)

    def of(self, key_id: str) -> Limits:
        """What holds for one key."""
        return self.single.get(key_id, self.each)


NO_KEY_LIMITS = KeyLimits()


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """How many requests a process answers at once, of all tenants together, and who waits how long when it is full."""

    places: int | None = None
    interactive_wait_s: float = 5.0  # of a request that did not say that it can wait


USUAL_CROWD = Crowd()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """Where processes share what was taken of their limits."""

    url: str = field(repr=False)  # may hold a password
    timeout_s: float = 0.25
    prefix: str = "lanewise"
    processes: int = 2  # that are expected, until it is known how many there are
