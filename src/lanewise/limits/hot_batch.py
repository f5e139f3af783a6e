"""Batches for the state that processes share, in its own words: what is asked, and what is answered. See `stores/hot_limits.lua`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from lanewise.core.limiting import Limits
from lanewise.core.protocols.hot_state import Claim, Short, Standing, Taken
from lanewise.limits.hot_memory import Subject, burst_of, cost_s, narrower, places_of, standing_of

_TAKE, _GIVE, _UNDO, _ADD, _TELL = range(1, 6)
_KINDS = ("", "concurrency", "rate", "token_rate")
_UNBOUNDED = -1
_US = 1e6


class Answer(NamedTuple):
    """What came back of a batch."""

    processes: int
    word: str  # another one than before: the server has lost its memory
    keys_changed: int
    results: list[Any]


class Asked(NamedTuple):
    """One request that waits for its answer."""

    claims: tuple[Claim, ...]
    tokens: int
    told: asyncio.Future[Taken | Short | None]  # None: there was no answer


class Batch:
    """What a process has to ask and to tell at one moment."""

    def __init__(self) -> None:
        self._subjects: dict[tuple[str, str], int] = {}
        self._operations: list[list[float]] = []
        self._given_back: dict[tuple[str, str], int] = {}
        self.asked: dict[int, Asked] = {}  # by the place of its operation

    def __len__(self) -> int:
        return len(self._operations)

    @property
    def subjects(self) -> list[str]:
        """Names of tenants and keys, each once. Unambiguous: a tenant's name says how long it is."""
        return [f"{len(tenant)}:{tenant}:{key_id}" for tenant, key_id in self._subjects]

    def take(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool) -> asyncio.Future[Taken | Short | None]:
        """Ask for a request's places, its share of rates and its tokens."""
        operation: list[float] = [_TAKE]
        for claim in claims:
            operation += (self._subject(claim), *_wanted(claim.limits, tokens, sparing=sparing))
        told: asyncio.Future[Taken | Short | None] = asyncio.get_running_loop().create_future()
        self.asked[len(self._operations)] = Asked(claims, tokens, told)
        self._operations.append(operation)
        return told

    def give_back(self, claim: Claim, more_tokens_s: float) -> None:
        """A request is over; it took so much more of its rate's time than it was counted with, or less."""
        self._operations.append([_GIVE, self._subject(claim), more_tokens_s * _US])
        self._note_given_back(claim)

    def undo(self, claim: Claim, tokens_s: float) -> None:
        """A request never began."""
        self._operations.append([_UNDO, self._subject(claim), claim.limits.request_s * _US, tokens_s * _US])
        self._note_given_back(claim)

    def add(self, claim: Claim, requests_s: float, tokens_s: float) -> None:
        """So much was taken that the shared state does not know of."""
        limits = claim.limits
        bursts = limits.requests_burst_s * _US, limits.tokens_burst_s * _US
        self._operations.append([_ADD, self._subject(claim), requests_s * _US, bursts[0], tokens_s * _US, bursts[1]])

    def tell(self, claim: Claim) -> None:
        """Say how many requests are running here."""
        self._operations.append([_TELL, self._subject(claim)])

    def pack(self, process: str, lease_s: float, word: str, running: Callable[[str, str], int]) -> bytes:
        """The whole of it; `running` is how many requests of a tenant and key run here now."""
        before = [running(*each) + self._given_back.get(each, 0) for each in self._subjects]
        return msgspec.msgpack.encode((process, lease_s * _US, word, before, self._operations))

    def _subject(self, claim: Claim) -> int:
        return self._subjects.setdefault(claim[:2], len(self._subjects) + 1)

    def _note_given_back(self, claim: Claim) -> None:
        self._given_back[claim[:2]] = self._given_back.get(claim[:2], 0) + 1


def read(answer: bytes) -> Answer:
    """An answer in values. Raises msgspec.DecodeError, TypeError where it is none."""
    return Answer(*msgspec.msgpack.decode(answer))


def answered(claims: tuple[Claim, ...], result: list[float]) -> Short | Standing | None:
    """What one request was told: its standing where it was let in, None where there is nothing to say of it."""
    kind, which, wait_us, *ahead_us = result
    standing: Standing | None = None
    for index, claim in enumerate(claims):
        if claim.limits.request_s or claim.limits.token_s:
            subject = Subject()
            subject.requests_s, subject.tokens_s = ahead_us[2 * index] / _US, ahead_us[2 * index + 1] / _US
            standing = narrower(standing, standing_of(claim.limits, subject, 0.0))
    if not kind:
        return standing
    return Short(claim=claims[int(which) - 1], kind=_KINDS[int(kind)], retry_after_s=wait_us / _US, standing=standing)


def _wanted(limits: Limits, tokens: int, *, sparing: bool) -> tuple[float, float, float, float, float]:
    """Places, a request and its burst, tokens and theirs."""
    places = _UNBOUNDED if limits.concurrency is None else places_of(limits.concurrency, sparing=sparing)
    request_us, burst_us, tokens_us, tokens_burst_us = (float(_UNBOUNDED),) * 4
    if limits.request_s:
        request_us = limits.request_s * _US
        burst_us = burst_of(limits.requests_burst_s, limits.request_s, sparing=sparing) * _US
    if limits.token_s:
        taking_s = cost_s(limits, tokens)
        tokens_us = taking_s * _US
        tokens_burst_us = burst_of(limits.tokens_burst_s, taking_s, sparing=sparing) * _US
    return places, request_us, burst_us, tokens_us, tokens_burst_us
