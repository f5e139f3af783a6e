"""Rows of the failure table as values: a request that meets a failure, and what was seen of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, NamedTuple

Dialect = Literal["openai", "anthropic"]
DIALECTS: tuple[Dialect, ...] = ("openai", "anthropic")
SHAPES = {True: "stream", False: "whole"}

#: One model of each dialect that does not think: at the vendor that fails, and at the one behind it.
STANDARD: dict[str, str] = {"openai": "simopen/sim-standard", "anthropic": "simthropic/sim-sonnet"}
#: Models that think: at the first, the caller sees it.
THINKING: dict[str, str] = {"openai": "simdeep/sim-deep-reasoner", "anthropic": "simthropic/sim-opus"}
#: Models whose faults are set for a number of requests; no other row may ask them.
COUNTED: dict[str, str] = {"openai": "simopen/sim-small", "anthropic": "simthropic/sim-haiku"}
OTHER: dict[Dialect, Dialect] = {"openai": "anthropic", "anthropic": "openai"}

#: What the ledger has for a call beside what the vendor's books have.
NOTHING, ESTIMATED, FREE, TOLD = "nothing", "estimated", "estimated; the vendor bills nothing", "as told"

FAST = "fast"  # the role of the lane that a lane degrades to
QUESTION = "What is 17 * 23 + 19 * 29 - 31 * 7 + 1234 * 9 - 5 * 6 + 77 * 13? Show the steps."


@dataclass(frozen=True, kw_only=True, slots=True)
class Vendor:
    """A deployment of a row's own, so that no other row's failures make it rest."""

    model: str  # of a simulated vendor, as `vendor/model`
    fault: str = ""  # on every request, as the simulator's header `X-Sim-Fault` has it
    counted: dict[str, Any] = field(default_factory=dict)  # on some requests, as its page of faults has it
    paced: bool = False  # takes its time, so that what was said is read before the fault comes
    nowhere: bool = False  # nobody listens at its address


class Seen(NamedTuple):
    """What a request came to: the cells of its row, as they are printed."""

    sees: str  # by the caller, through the official SDK
    outcome: str  # in the ledger and the answer's `lanewise`
    marked: str  # each downgrade, and where the caller reads of it
    calls: str  # in order: who was asked, and what became of it
    cost: str  # of every call that is not the answer: ours beside the vendor's books


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One request over vendors that fail, and what must be seen of it."""

    table: str
    fault: str  # in the page's words
    dialect: Dialect  # of the vendor that fails
    stream: bool
    vendors: tuple[Vendor, ...]  # of the lane that is asked, in order
    expect: Seen
    fast: Vendor | None = None  # the lane that it degrades to
    settings: dict[str, Any] = field(default_factory=dict)  # of the lane
    request: dict[str, Any] = field(default_factory=dict)  # what is asked besides the question
    healthy: int = 0  # requests before anything fails: from them the lane's usual times are known
    before: int = 0  # requests that meet the same failure first
    leaves: Literal["", "waiting", "reading"] = ""  # the caller goes when its vendor is at work, or has spoken
    retry_after: tuple[int, int] | None = None  # least and most, where no vendor told it
    tenant: str = ""  # a tenant with a budget of its own
    key: str = ""  # given by `numbered`

    @property
    def roles(self) -> dict[str, Vendor]:
        """Everybody who may be asked, by the name the page has for it."""
        named = dict(zip(("first", "second", "third"), self.vendors, strict=False))
        return named | ({FAST: self.fast} if self.fast else {})


class Table:
    """Makes the cases of one table for one dialect and shape."""

    def __init__(self, name: str, dialect: Dialect, stream: bool) -> None:
        self._all: dict[str, Any] = {"table": name, "dialect": dialect, "stream": stream}

    def case(self, fault: str, expect: Seen, *vendors: Vendor, **more: Any) -> Case:
        return Case(fault=fault, expect=expect, vendors=vendors, **self._all, **more)


def each(make: Callable[[Dialect, bool], Iterator[Case]]) -> list[Case]:
    """The cases it makes for every dialect, streamed and whole."""
    return [case for dialect, stream in product(DIALECTS, (True, False)) for case in make(dialect, stream)]
