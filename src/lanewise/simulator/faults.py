"""Faults on demand: what can go wrong at a vendor, which request it hits, and for how long."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from lanewise.simulator.problems.solution import Json

KINDS: dict[str, str] = {
    "slow_first_token": "the first token comes `s` seconds late",
    "slow_tokens": "from chunk `after` on, every chunk of generated words comes `s` seconds late",
    "stall": "after `after` chunks nothing comes for `s` seconds",
    "cut": "the answer ends cleanly after `after` chunks, without its terminal event",
    "truncate": "the connection closes in the middle of a chunk after `after` chunks",
    "malformed": "one chunk after `after` chunks is not valid JSON",
    "status": "an HTTP error `code` in the vendor's words; `retry_after` in seconds; `headers` (an empty one is left out), `body`",
    "burst": "the next `count` requests get the HTTP error `code`",
    "crowd": "while more than `count` requests are at the vendor at once, a further one gets the HTTP error `code`",
    "reset": "the connection is reset before any answer",
    "reset_mid": "the connection is reset after `after` chunks",
    "error_event": "the vendor's error event (`code` names which) after `after` chunks",
    "empty": "the answer has no content",
    "length": "the answer is cut off by its token limit half way",
    "refusal": "the vendor's content filter stops the answer",
    "wrong_model": "another model answers (`served`, default the vendor's first) and names itself",
}
#: Kinds that answer with an HTTP error instead of a reply.
REFUSING = frozenset({"status", "burst", "crowd"})
_MOST_FAULTS = 256


class FaultError(ValueError):
    """The fault asked for cannot be understood; the message says what can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault. It applies while `times` requests are left and `seconds` have not passed, where they are given."""

    kind: str
    vendor: str | None = None
    model: str | None = None
    times: int | None = None
    seconds: float | None = None
    probability: float = 1.0
    after: int = 3
    s: float = 3_600.0
    code: int = 500
    count: int = 3
    retry_after: float | None = None
    headers: dict[str, str] | None = None
    body: Any = None
    served: str | None = None


_NUMBERS = {"times": int, "seconds": float, "probability": float, "after": int, "s": float, "code": int, "count": int}
_NUMBERS |= {"retry_after": float}
_TEXTS = ("kind", "vendor", "model", "served")


def read_fault(given: dict[str, Any]) -> Fault:
    """A fault from JSON; raises FaultError naming the key that is wrong."""
    kind = given.get("kind")
    if kind not in KINDS:
        raise FaultError(f"kind: unknown fault {kind!r}. Known: {', '.join(KINDS)}")
    values = {name: _parameter(name, value) for name, value in given.items() if value is not None}
    fault = Fault(**values)
    if not 400 <= fault.code <= 599:
        raise FaultError(f"code: {fault.code} is not an HTTP error; write 400 to 599")
    return Fault(**(values | {"times": fault.count})) if kind == "burst" else fault


def _parameter(name: str, value: Json) -> Json:
    if name in _NUMBERS:
        try:
            return _NUMBERS[name](value)
        except (TypeError, ValueError) as error:
            raise FaultError(f"{name}: {value!r} is not a number") from error
    if name in _TEXTS:
        return str(value)
    if name == "headers" and isinstance(value, dict):
        return {str(k): str(v) for k, v in value.items()}
    if name == "body":
        return value
    known = ", ".join((*_NUMBERS, *_TEXTS, "headers", "body"))
    raise FaultError(f"{name}: unknown key or kind of value. Known: {known}")


def read_fault_header(text: str) -> Fault:
    """A fault from `kind;param=value;param=value`; `headers` is a JSON object."""
    kind, *pairs = (part.strip() for part in text.split(";"))
    given: dict[str, Any] = {"kind": kind}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if mark:
            given[name.strip()] = _object(value.strip()) if name.strip() == "headers" else value.strip()
    return read_fault(given)


def _object(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as error:
        raise FaultError(f"headers: {text!r} is no JSON object") from error


@dataclass(kw_only=True, slots=True)
class _Active:
    id: str
    fault: Fault
    until: float | None
    left: int | None
    hits: int = 0


class FaultBoard:
    """The faults in force; each request takes at most one, the oldest that fits."""

    def __init__(self, clock: Callable[[], float], seed: int) -> None:
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 (a seeded simulation, no secret)
        self._active: dict[str, _Active] = {}
        self._numbers = itertools.count(1)
        self._present: Counter[str] = Counter()

    @contextmanager
    def present(self, vendor: str) -> Iterator[None]:
        """Count a request at a vendor while the block runs."""
        self._present[vendor] += 1
        try:
            yield
        finally:
            self._present[vendor] -= 1

    def add(self, fault: Fault) -> str:
        """Put a fault in force; returns its id. Raises FaultError when too many are in force."""
        self._expire()
        if len(self._active) >= _MOST_FAULTS:
            raise FaultError(f"{_MOST_FAULTS} faults are in force already; delete some first")
        name = f"fault-{next(self._numbers)}"
        until = None if fault.seconds is None else self._clock() + fault.seconds
        self._active[name] = _Active(id=name, fault=fault, until=until, left=fault.times)
        return name

    def take(self, vendor: str, model: str) -> Fault | None:
        """The fault this request meets, if any."""
        if not self._active:
            return None
        self._expire()
        for active in self._active.values():
            fault = active.fault
            if fault.vendor not in {None, vendor} or fault.model not in {None, model}:
                continue
            if fault.kind == "crowd" and self._present[vendor] <= fault.count:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            active.hits += 1
            if active.left is not None:
                active.left -= 1
            return fault
        return None

    def remove(self, name: str | None = None) -> int:
        """End one fault, or all; returns how many ended."""
        if name is None:
            ended = len(self._active)
            self._active.clear()
            return ended
        return 0 if self._active.pop(name, None) is None else 1

    def listing(self) -> list[dict[str, Any]]:
        """The faults in force as JSON."""
        self._expire()
        return [
            {"id": a.id, "hits": a.hits, "times_left": a.left}
            | {k: v for k, v in asdict(a.fault).items() if v is not None}
            for a in self._active.values()
        ]

    def _expire(self) -> None:
        now = self._clock()
        over = [
            name
            for name, active in self._active.items()
            if (active.until is not None and now >= active.until) or (active.left is not None and active.left <= 0)
        ]
        for name in over:
            del self._active[name]
