"""The vendors' books and log: what each was paid, by its own rules, and what each request looked like.

A call is charged for its input and for what was generated, up to where the client left or a fault cut it. A call that ended
in an error before anything was generated is free.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any, Literal

from lanewise.simulator.exchange import InputUsage
from lanewise.simulator.models import SimulatedModel

_COUNTS = (
    "calls",
    "charged_calls",
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_nanousd",
)


@dataclass(kw_only=True, slots=True)
class CallRecord:
    """One request as the vendor saw it. `input_tokens` includes cached and written ones, `output_tokens` the thinking."""

    request_id: str
    vendor: str
    path: str
    method: str
    started_at: float
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    model: str = ""
    served_model: str = ""
    response_id: str = ""
    stream: bool = False
    status: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost_nanousd: int = 0
    charged: bool = False
    completed: bool = False
    fault: str | None = None
    client_left: dict[str, Any] | None = None
    ended_at: float | None = None

    def leave(self, when: Literal["before_first_byte", "after_first_byte"], at: float, output_tokens: int) -> None:
        """The client closed its connection."""
        self.client_left = {
            "when": when,
            "at": at,
            "after_s": round(at - self.started_at, 6),
            "output_tokens": output_tokens,
            "reason": "the client closed the connection",
        }


def cost_nanousd(model: SimulatedModel, usage: InputUsage, output_tokens: int) -> int:
    """What the vendor charges for a call, in nano-dollars."""
    price = model.price
    plain = usage.total - usage.cached - usage.written
    return (
        plain * price.input_nanousd
        + usage.cached * price.cached_input_nanousd
        + usage.written * price.cache_write_nanousd
        + output_tokens * price.output_nanousd
    )


class Books:
    """Totals per vendor and model, the calls behind them, and the log; calls and log are bounded, totals exact."""

    def __init__(self, *, most_calls: int, most_log_rows: int) -> None:
        self._most_calls = most_calls
        self._totals: dict[tuple[str, str], dict[str, int]] = {}
        self._calls: OrderedDict[str, CallRecord] = OrderedDict()
        self._log: deque[CallRecord] = deque(maxlen=most_log_rows)
        self._dropped = 0

    def open(self, record: CallRecord) -> None:
        """Log a request as it arrives, so one in flight is visible."""
        self._log.append(record)

    def settle(self, record: CallRecord, model: SimulatedModel, usage: InputUsage, generated: tuple[int, int]) -> None:
        """Charge a call for its input and what was generated (output tokens, reasoning tokens)."""
        record.served_model = model.id
        record.output_tokens, record.reasoning_tokens = generated
        record.input_tokens = usage.total
        record.cached_input_tokens = usage.cached
        record.cache_write_tokens = usage.written
        record.cost_nanousd = cost_nanousd(model, usage, record.output_tokens)
        record.charged = True

    def close(self, record: CallRecord, at: float) -> None:
        """Enter a finished call, charged or not."""
        record.ended_at = at
        totals = self._totals.setdefault(
            (record.vendor, record.served_model or record.model), dict.fromkeys(_COUNTS, 0)
        )
        totals["calls"] += 1
        totals["charged_calls"] += record.charged
        for name in _COUNTS[2:]:
            totals[name] += getattr(record, name)
        self._calls[record.request_id] = record
        while len(self._calls) > self._most_calls:
            self._calls.popitem(last=False)
            self._dropped += 1

    def clear(self) -> None:
        """Forget everything."""
        self._totals.clear()
        self._calls.clear()
        self._log.clear()
        self._dropped = 0

    def books_json(self) -> dict[str, Any]:
        """The books: totals by vendor and model, their sum, and one row per call."""
        vendors: dict[str, dict[str, dict[str, int]]] = {}
        for (vendor, model), totals in sorted(self._totals.items()):
            vendors.setdefault(vendor, {})[model] = dict(totals)
        grand = {name: sum(totals[name] for totals in self._totals.values()) for name in _COUNTS}
        calls = [_call_row(record) for record in self._calls.values()]
        return {"simulated": True, "vendors": vendors, "total": grand, "calls": calls, "calls_dropped": self._dropped}

    def log_json(self) -> dict[str, Any]:
        """The log, oldest first, requests in flight included."""
        return {"simulated": True, "requests": [_log_row(record) for record in self._log]}


def _call_row(record: CallRecord) -> dict[str, Any]:
    names = (
        "request_id",
        "response_id",
        "vendor",
        "model",
        "served_model",
        "status",
        "charged",
        "completed",
        *_COUNTS[2:],
    )
    return {name: getattr(record, name) for name in names}


def _log_row(record: CallRecord) -> dict[str, Any]:
    names = ("method", "path", "headers", "body", "stream", "fault", "client_left", "started_at", "ended_at")
    return _call_row(record) | {name: getattr(record, name) for name in names}
