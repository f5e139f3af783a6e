"""What a call cost, told or estimated, and its line in the trace."""

from __future__ import annotations

import re

import msgspec

from lanewise import core
from lanewise.core.answer import Finish, Generation, Meter
from lanewise.core.caps import Spend
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Amplification, Deployment
from lanewise.core.protocols.provider import Call
from lanewise.core.record import CallRecord
from lanewise.core.usage import CHARS_PER_TOKEN, NO_COST, RateCard, Usage
from lanewise.pipeline.attempt import Attempt
from lanewise.pipeline.run import Run
from lanewise.pipeline.vendor_tools import finds_more, most_fees_nanousd, untold_fees_nanousd

# Vendors add a prompt of their own as soon as there are tools; Anthropic's is 346 to 804 tokens.
_TOOL_PROMPT_TOKENS = 1_024
_UNKNOWN_CONTEXT_TOKENS = 1_000_000  # the largest in wide use
_IMAGE_TOKENS = 6_000  # more than any vendor bills for one image, whatever its size
#: What a paid model of unknown price is assumed to cost at most, so that a cap still holds: what the dearest models in wide use cost.
_UNKNOWN_PRICE = RateCard(input=15_000_000_000, output=75_000_000_000, source="assumed")
#: Failures of calls that a vendor has begun to work on: what it produced is billed even though no usage was told.
_BEGUN = frozenset(
    {
        FailureKind.CANCELLED,
        FailureKind.SHUTDOWN,
        FailureKind.INTERNAL,
        FailureKind.DEADLINE,
        FailureKind.IDLE_TIMEOUT,
        FailureKind.LATE_START,
        FailureKind.SLOW,
        FailureKind.OUTRUN,
        FailureKind.LOOPING,
    }
)
#: Failures of the connection or the format: a vendor that had begun to answer has worked, and may bill what nobody could read.
_LOST = frozenset({FailureKind.CONNECTION_LOST, FailureKind.CUT_STREAM, FailureKind.MALFORMED})
_MOST_BYTES_PER_CHAR = 4  # in UTF-8; no tokenizer makes more tokens than bytes
_END_TOKENS = 16  # around an answer, more than any vendor bills for its marks
_NOTHING = Spend(0)
_DATED = re.compile(r"-(\d{4}-?\d{2}-?\d{2}|\d{4}|latest|preview|0)$")


def worst_case(call: Call, limits: Amplification, *, most_output_tokens: int | None = None) -> Spend:
    """The most this call can take, of an answer of at most so many tokens where that is known.

    No tokenizer makes more tokens than there are bytes; images by URL and tools bring their own. A file by its address, or packed, may
    hold any number of them, and so may what a vendor's own tools find: then it is all that the model can read.
    """
    request = call.request
    prices = call.deployment.prices or _UNKNOWN_PRICE
    input_tokens = len(request.body)
    if request.earlier is not None:
        input_tokens += request.earlier.size_bytes
    deployment = call.deployment
    if deployment.adaptation.note and request.dialect is not deployment.provider.dialect:
        input_tokens += len(deployment.adaptation.note.encode())
    if request.has_tools:
        input_tokens += _TOOL_PROMPT_TOKENS
    input_tokens += request.image_count * _IMAGE_TOKENS
    if request.has_files or finds_more(call):
        input_tokens = max(input_tokens, call.deployment.facts.context_tokens or _UNKNOWN_CONTEXT_TOKENS)
    output_tokens = call.max_output_tokens * request.choices
    if most_output_tokens is not None:
        output_tokens = min(output_tokens, most_output_tokens)
    rate = request.rate if request.rate and request.dialect is call.deployment.provider.dialect else ""
    return Spend(
        prices.worst_case(input_tokens=input_tokens, output_tokens=output_tokens, rate=rate)
        + most_fees_nanousd(call, limits),
        input_tokens + output_tokens,
        output_tokens if _thinks(call) else 0,
    )


def spent_of(
    record: CallRecord, call: Call, meter: Meter, *, worst: Spend, limits: Amplification
) -> tuple[CallRecord, Spend]:
    """What a call counts for in budgets, and its line with what that differs by from its cost.

    A call of unknown price that may have been billed is held to its worst case, one whose usage nobody told to the most that it can have
    been, and one with a vendor's own tools to their fees: a cap must not be passed because nobody tells what is billed.
    """
    tokens = record.input_tokens + record.output_tokens
    cost_nanousd = record.cost.total_nanousd
    held = _NOTHING
    if limits.untold_usage == "worst_case" and _is_untold(record, call):
        most = _most(record, call, meter, worst=worst, limits=limits)
        held = Spend(
            max(0, most.nanousd - cost_nanousd),
            max(0, most.tokens - tokens),
            max(0, most.thinking_tokens - record.reasoning_tokens),
        )
    elif tokens or record.failure is None:
        held = Spend(untold_fees_nanousd(call, limits, record.tool_uses) if record.priced else worst.nanousd)
    nanousd = cost_nanousd + held.nanousd
    if any(held) or nanousd > worst.nanousd:
        record = msgspec.structs.replace(
            record,
            held_nanousd=held.nanousd,
            held_tokens=held.tokens,
            held_thinking_tokens=held.thinking_tokens,
            over_nanousd=max(0, nanousd - worst.nanousd),
        )
    return record, Spend(nanousd, tokens + held.tokens, record.reasoning_tokens + held.thinking_tokens)


def _is_untold(record: CallRecord, call: Call) -> bool:
    """Whether a vendor may bill what it has not told: it was hung up on or cut off, or its answer says nothing of usage.

    An answer that is not streamed is made before its first byte: where the connection broke before that, all of it may have been. One
    that was served at a rate nobody knows is billed at that.
    """
    return record.estimated or record.rate_unknown or (record.failure in _LOST and not call.stream)


def _most(record: CallRecord, call: Call, meter: Meter, *, worst: Spend, limits: Amplification) -> Spend:
    """The most that may be billed for it. Of a whole answer all that was made was seen, where its model cannot think unseen."""
    whole = record.failure is None and record.finish == Finish.STOP and not record.ended_early
    if not whole or record.rate_unknown or not record.priced or _thinks(call):
        return worst
    seen_tokens = meter.output_chars * _MOST_BYTES_PER_CHAR + _END_TOKENS * call.request.choices
    return worst_case(call, limits, most_output_tokens=seen_tokens)


def record_call(
    run: Run, attempt: Attempt, meter: Meter, generation: Generation, *, number: int, started_s: float
) -> CallRecord:
    """The call's line in the trace, billed by the vendor's own usage where it tells one, else by a marked estimate."""
    call, lane = attempt.call, attempt.lane.name
    deployment, failure = call.deployment, generation.failure
    usage = _usage(call, meter, generation)
    served_model = generation.served_model or meter.served_model
    another_model = bool(served_model) and not same_model(deployment.model, served_model)
    prices = _served_prices(run, deployment, served_model) if another_model else None
    repriced = prices is not None
    prices = prices or deployment.prices
    first_token_us = None
    if meter.first_output_s is not None:
        first_token_us = int((meter.first_output_s - run.started_monotonic_s - started_s) * 1e6)
    record = core.record.CallRecord(
        name=f"{lane}/{run.path}call-{number}",
        lane=lane,
        deployment=deployment.name,
        model=deployment.model,
        served_model=served_model,
        effort=call.effort or call.request.effort,
        thinking_budget_tokens=call.thinking_budget_tokens,
        iteration=number,
        reason=attempt.reason,
        started_us=int(started_s * 1e6),
        latency_us=int((run.elapsed_s() - started_s) * 1e6),
        first_token_us=first_token_us,
        input_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        output_tokens=usage.output_tokens,
        estimated=usage.estimated,
        priced=prices is not None,
        cost=NO_COST if prices is None else prices.cost(usage),
        price_source=_price_source(deployment, prices, stands_in=another_model and not repriced),
        tool_uses=usage.tool_uses,
        rate=usage.rate,
        rate_unknown=prices is not None and prices.thousandths(usage.rate) is None,
        finish=generation.finish,
        vendor_request_id=generation.vendor_request_id or meter.vendor_request_id,
        dropped=generation.dropped,
        usage_raw=usage.raw.decode("utf-8", "replace"),
    )
    cached = usage.cached_tokens or usage.cache_write_tokens
    if failure is None and not (another_model or generation.ended_early or cached or run.lane.name != lane):
        return record
    record = _with_what_is_rare(record, run, call, generation, usage=usage, prices=prices)
    return msgspec.structs.replace(record, another_model=another_model, repriced=repriced)


def _with_what_is_rare(
    record: CallRecord, run: Run, call: Call, generation: Generation, *, usage: Usage, prices: RateCard | None
) -> CallRecord:
    """The line with how the call failed or ended early, for whom it was made, and what a vendor's cache saved."""
    failure = generation.failure
    spared_tokens = _spared_tokens(call, usage, generation)
    return msgspec.structs.replace(
        record,
        status=None if failure is None else failure.status,
        failure=None if failure is None else failure.kind,
        message=None if failure is None else failure.message,
        ended_early=generation.ended_early and failure is None,
        in_lane="" if run.lane.name == record.lane else run.lane.name,
        cache_saved=0 if prices is None else prices.cache_saved(usage),
        spared_tokens=spared_tokens,
        spared_nanousd=prices.cost(Usage(output_tokens=spared_tokens)).output if spared_tokens and prices else 0,
    )


def _usage(call: Call, meter: Meter, generation: Generation) -> Usage:
    told, disbelieved = generation.usage or meter.usage, b""
    if told is not None and not told.possible:  # billed as told, one such answer would use up every budget
        disbelieved = told.raw
        told = None
    failure = generation.failure
    if failure is None and told is not None and not generation.ended_early:
        return told
    if failure is not None and told is None and not _has_worked(call, meter, failure):
        return Usage()  # refused or lost before anything was produced: vendors bill nothing
    # A call cut short may have told part of its usage (Anthropic tells the input first): what it told is kept, the rest estimated.
    output_tokens = -(-(meter.output_chars + meter.reasoning_chars) // CHARS_PER_TOKEN)
    output_tokens = min(output_tokens, call.max_output_tokens * call.request.choices)
    reasoning_tokens = min(output_tokens, -(-meter.reasoning_chars // CHARS_PER_TOKEN))
    if told is None:
        return Usage(
            input_tokens=-(-call.request.input_chars // CHARS_PER_TOKEN),
            output_tokens=output_tokens,
            reasoning_tokens=reasoning_tokens,
            estimated=True,
            raw=disbelieved,
        )
    return msgspec.structs.replace(
        told,
        output_tokens=max(told.output_tokens, output_tokens),
        reasoning_tokens=max(told.reasoning_tokens, reasoning_tokens),
        estimated=True,
    )


def _spared_tokens(call: Call, usage: Usage, generation: Generation) -> int:
    """The most that a loop, or a verified answer, could have gone on to; an upper bound, because it might have ended by itself."""
    failure = generation.failure
    if not generation.ended_early if failure is None else failure.kind is not FailureKind.LOOPING:
        return 0
    return max(0, call.max_output_tokens - usage.output_tokens)


def _has_worked(call: Call, meter: Meter, failure: Failure) -> bool:
    """Whether a vendor may have something to bill for a call that failed."""
    if meter.first_output_s is not None or failure.kind in _BEGUN:
        return True
    return meter.accepted and (failure.kind in _LOST or _thinks(call))


def _thinks(call: Call) -> bool:
    """Whether its model may think where nobody sees it: then an error that comes before any word may come after much work."""
    facts = call.deployment.facts
    return facts.thinking_always or facts.thinking != "none"


def _served_prices(run: Run, deployment: Deployment, served_model: str) -> RateCard | None:
    """The prices of the model that a vendor served instead, if anybody knows them."""
    # What the operator wrote of that model wins over any list, as it does where it is asked for by name.
    served = run.policy.deployments.get(f"{deployment.provider.name}/{served_model}")
    known = None if served is None else served.prices
    return known or run.parts.prices_of(deployment, served_model)


def _price_source(deployment: Deployment, prices: RateCard | None, *, stands_in: bool) -> str:
    """Where the prices come from; said where they are the asked model's because nobody knows those of the served one."""
    if prices is None:
        return "unknown"
    return f"{prices.source} for {deployment.model}, the served model's are unknown" if stands_in else prices.source


def same_model(asked: str, served: str) -> bool:
    """Whether a served name is the asked one, give or take the vendor's prefix, a date or `latest` at its end."""
    if asked == served:
        return True
    asked_name, served_name = asked.rsplit("/", 1)[-1].lower(), served.rsplit("/", 1)[-1].lower()
    return asked_name == served_name or _DATED.sub("", asked_name) == _DATED.sub("", served_name)
