"""Records as the walk makes them, with only what a test is about spelled out."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.record import CallRecord, RunRecord, Trace
from lanewise.core.usage import Cost

START_US = 1_790_000_000_000_000  # 2026-09-21T14:13:20Z


def a_call(**changes: Any) -> CallRecord:
    call = CallRecord(
        name="standard/call-0",
        lane="standard",
        deployment="openai/gpt-5.4-mini",
        model="gpt-5.4-mini",
        served_model="gpt-5.4-mini",
        latency_us=900_000,
        first_token_us=200_000,
        input_tokens=100,
        output_tokens=50,
        cost=Cost(input=100_000, output=200_000),
        price_source="genai-prices",
        finish="stop",
        status=200,
        usage_raw='{"prompt_tokens":100,"completion_tokens":50}',
    )
    return msgspec.structs.replace(call, **changes)


def a_trace(*calls: CallRecord, **changes: Any) -> Trace:
    trace = Trace(
        reason="rule:1",
        features={"task": "summarize", "input_chars": 400, "tools": False},
        policy_version="abc123",
        calls=calls or (a_call(),),
    )
    return msgspec.structs.replace(trace, **changes)


def a_record(run_id: str = "run_1", **changes: Any) -> RunRecord:
    record = RunRecord(
        run_id=run_id,
        started_us=START_US,
        tenant="acme",
        key_id="key_1",
        user=None,
        feature=None,
        task="summarize",
        request_id="",
        requested_model="auto",
        stream=False,
        lane="standard",
        deployment="openai/gpt-5.4-mini",
        served_model="gpt-5.4-mini",
        outcome="success",
        failure=None,
        status=200,
        latency_us=1_000_000,
        first_token_us=200_000,
        calls=1,
        input_tokens=100,
        cached_tokens=0,
        cache_write_tokens=0,
        reasoning_tokens=0,
        output_tokens=50,
        cost_input=100_000,
        cost_cached=0,
        cost_cache_write=0,
        cost_reasoning=0,
        cost_output=200_000,
        cost_nanousd=300_000,
        estimated=False,
        unpriced_calls=0,
        degraded=False,
        verdict="unchecked",
        reason="rule:1",
        policy_version="abc123",
        trace=a_trace(),
    )
    return msgspec.structs.replace(record, **changes)
