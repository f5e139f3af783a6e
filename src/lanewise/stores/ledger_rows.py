"""A finished run as rows of the ledger's tables, and what a store says of them: `ledger_file` and `ledger_postgres` write them."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Sequence
from typing import Protocol

import msgspec

from lanewise.core.errors import StoreError
from lanewise.core.record import CapturedContent, KeptAnswer, RunRecord
from lanewise.core.verdict import DIGEST, digest_of_name
from lanewise.stores.cost_rows import cost_rows
from lanewise.stores.schema import AWAITED, contents, kept_answers, later_verdicts, run_costs, runs, traces


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one run."""

    record: RunRecord
    content: CapturedContent | None = None
    answer: KeptAnswer | None = None


Entry = tuple[Kept, "Future[None]"]
Columns = tuple[str, ...]

RUN: Columns = tuple(runs.columns.keys())
TRACE: Columns = tuple(traces.columns.keys())
CONTENT: Columns = tuple(contents.columns.keys())
AWAITING: Columns = tuple(later_verdicts.columns.keys())
ANSWER: Columns = tuple(kept_answers.columns.keys())
COST: Columns = tuple(run_costs.columns.keys())

_encode_trace = msgspec.json.Encoder().encode
_encode_headers = msgspec.msgpack.Encoder().encode


class StoreDown(StoreError):
    """The store does not take writes."""


class LedgerEnd(Protocol):
    """Where the ledger's thread writes to. Every method raises StoreDown when the store does not answer."""

    def open(self) -> None:
        """Connect, and prove that the store takes a write."""

    def write(self, rows: Sequence[Kept]) -> dict[int, str]:
        """Commit rows; those that are there already are left as they are. Returns why rows were refused, by place in `rows`."""

    def close(self) -> None:
        """Let go of the store."""


def run_row(record: RunRecord) -> tuple[object, ...]:
    """A record as the columns of `runs`. Flags become ints and enums plain text: the driver adapts neither without a detour."""
    return (
        record.run_id,
        record.started_us,
        record.tenant,
        record.key_id,
        record.user,
        record.feature,
        record.task,
        record.request_id,
        record.requested_model,
        +record.stream,
        record.lane,
        record.deployment,
        record.served_model,
        record.outcome,
        None if record.failure is None else str(record.failure),
        record.status,
        record.latency_us,
        record.first_token_us,
        record.calls,
        record.input_tokens,
        record.cached_tokens,
        record.cache_write_tokens,
        record.reasoning_tokens,
        record.output_tokens,
        record.cost_input,
        record.cost_cached,
        record.cost_cache_write,
        record.cost_reasoning,
        record.cost_output,
        record.cost_nanousd,
        +record.estimated,
        record.unpriced_calls,
        +record.degraded,
        record.verdict,
        record.reason,
        record.policy_version,
        record.waited_us,
        record.verdict_kind,
        +record.escalated,
        record.attempts,
        record.cache_saved,
        record.recalled,
        record.saved_nanousd,
        record.held_nanousd,
        record.process,
        record.cost_tools,
        record.held_tokens,
        record.held_thinking_tokens,
    )


def trace_row(record: RunRecord) -> tuple[object, ...]:
    """A record's trace as the columns of `traces`."""
    return record.started_us, record.run_id, _encode_trace(record.trace)


def split_rows(rows: Sequence[Kept]) -> list[tuple[object, ...]]:
    """What runs of several calls cost by whom, as the columns of `run_costs`."""
    return [each for row in rows if row.record.calls for each in cost_rows(row.record)]


def content_row(record: RunRecord, content: CapturedContent) -> tuple[object, ...]:
    """What was captured as the columns of `contents`."""
    return record.started_us, record.run_id, content.request, content.answer


def awaited_rows(record: RunRecord) -> list[tuple[object, ...]]:
    """A row for each verdict on the given answer that comes later, in the order of the table's columns; it is found by its digest."""
    trace = record.trace
    waiting = [each for each in trace.checks if each.deferred and f"{each.lane}/{each.of}call-" == trace.answer]
    return [
        (
            record.run_id,
            record.started_us + place,
            each.verifier,
            record.tenant,
            "",
            AWAITED,
            each.kind,
            None,
            "",
            "",
            "",
            _digest(each.deferred),
        )
        for place, each in enumerate(waiting)
    ]


def _digest(deferred: str) -> str:
    """A row that waits in a spool since the version before has the name itself."""
    return deferred if deferred.startswith(DIGEST) else digest_of_name(deferred)


def answer_row(kept: KeptAnswer) -> tuple[object, ...]:
    """A kept answer as the columns of `kept_answers`."""
    headers = _encode_headers(kept.headers)
    return (
        kept.name,
        kept.asked,
        kept.run_id,
        kept.created_us,
        kept.expires_us,
        kept.status,
        len(kept.body) + len(headers),
        headers,
        kept.body,
    )
