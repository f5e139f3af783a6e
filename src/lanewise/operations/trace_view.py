"""A run as a tree: what was decided and why, each call in order, what was lost on the way, what it took and cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from rich.tree import Tree

from lanewise.core.failure import FailureKind
from lanewise.core.money import format_usd
from lanewise.core.plurals import counted
from lanewise.core.record import Audited, CallRecord, CheckRecord, Recalled, RunRecord, Trace
from lanewise.core.usage import Cost
from lanewise.operations.render import cost_parts, duration, plain
from lanewise.stores.records import StoredRun


def run_tree(run: StoredRun) -> Tree:
    """`lanewise trace RUN`."""
    record, trace = run.record, run.record.trace
    started = dt.datetime.fromtimestamp(record.started_us / 1e6, dt.UTC).isoformat(timespec="milliseconds")
    tree = Tree(
        plain(
            f"{record.run_id}  {record.outcome}  {duration(record.latency_us)}  {format_usd(record.cost_nanousd)}  {started}"
        )
    )
    tree.add(plain(_who(record)))
    _add_decision(tree, record, trace)
    for line in _given_again(trace):
        tree.add(plain(line))
    if record.waited_us:
        tree.add(plain(f"waited: {duration(record.waited_us)} of the time, until somebody might be back"))
    if run.has_trace:
        calls = tree.add(plain(f"calls: {len(trace.calls)}"))
        for call in trace.calls:
            _add_call(calls, call, answered=call is record.answered_by)
    else:
        tree.add(plain(f"calls: {record.calls}; their trace has expired (`record.retention.traces`) or was not kept"))
    for check in trace.checks:
        tree.add(plain(_check(check)))
    for climbed in trace.escalated:
        tree.add(plain(f"escalated: lane {climbed.from_} → lane {climbed.to} ({climbed.reason})"))
    if trace.attempts > 1 or trace.confidence is not None:
        tree.add(plain(_attempts(trace)))
    for step in trace.degraded:
        what = "lane " if step.lane else ""
        tree.add(plain(f"degraded: {what}{step.from_} → {what}{step.to} ({step.reason})"))
    if trace.refusal is not None:
        tree.add(plain(f"refused by {trace.refusal.policy}: {trace.refusal.reason} (appeal: {trace.refusal.appeal})"))
    _add_outcome(tree, record)
    return tree


def _given_again(trace: Trace) -> Iterator[str]:
    if trace.recalled is not None:
        yield _recalled(trace.recalled)
    if trace.audited is not None:
        yield _audited(trace.audited)


def _recalled(recalled: Recalled) -> str:
    similar = recalled.similarity
    found = (
        f"found by {recalled.kind} name"
        if similar is None
        else f"to a similar question ({similar.score:.3f}, from {similar.threshold:.3f} on)"
    )
    return (
        f"given again: the answer of {recalled.run_id}, {duration(recalled.age_us)} old, {found}; "
        f"saved {format_usd(recalled.saved_nanousd)}"
    )


def _audited(audited: Audited) -> str:
    word = "nobody could tell" if audited.correct is None else "right" if audited.correct else "wrong"
    by = f", by {audited.told_by}" if audited.told_by else ""
    return f"audit of what {audited.run_id} was given: {word}{by}"


def _who(record: RunRecord) -> str:
    named = {
        "tenant": record.tenant,
        "key": record.key_id,
        "user": record.user,
        "feature": record.feature,
        "task": record.task,
        "request id": record.request_id,
    }
    return ", ".join(f"{name} {value}" for name, value in named.items() if value)


def _add_decision(tree: Tree, record: RunRecord, trace: Trace) -> None:
    decision = tree.add(
        plain(f"routed: {record.requested_model!r} → lane {record.lane or '(none)'} because {trace.reason}")
    )
    decision.add(plain(f"propensity {trace.propensity:g}, policy {record.policy_version}"))
    if trace.note:
        decision.add(plain(f"note: {trace.note}"))
    if trace.features:
        decision.add(plain("features: " + ", ".join(f"{name}={value}" for name, value in trace.features.items())))


#: What a call was made for, where its reason alone does not say it.
_WHY = {
    "hedge": "beside a call that was slow: the first to show something answers",
    "wider": "with more room, or less thinking: thinking had left none for the answer",
    "degraded": "in a faster lane than the one that was asked for",
    "waited": "after a wait until somebody might be back",
    "classify": "to be told how difficult the request is; not the answer",
}


def _add_call(calls: Tree, call: CallRecord, *, answered: bool) -> None:
    served = f" served as {call.served_model}" if call.served_model and call.served_model != call.model else ""
    served += ", another model than was asked for" if call.another_model else ""
    node = calls.add(
        plain(
            f"{call.name}: {call.deployment}{served} ({call.reason}) {call.failure or call.finish or 'ok'}"
            f"{' ← the answer' if answered else ''}"
        )
    )
    if call.kind in _WHY:
        node.add(plain(_WHY[call.kind]))
    node.add(
        plain(
            f"{duration(call.latency_us)} from {duration(call.started_us)} on, first token {duration(call.first_token_us)}"
            f"{_thinking(call)}"
        )
    )
    node.add(plain(_tokens(call)))
    node.add(plain(_price(call)))
    if call.failure == FailureKind.OUTRUN:
        node.add(plain("outrun: its twin was faster; what it had done until then is billed"))
    elif call.failure is not None:
        status = "" if call.status is None else f"HTTP {call.status}: "
        node.add(plain(f"failed: {status}{call.message or call.failure}"))
    if call.spared_tokens:
        saved = f"{counted(call.spared_tokens, 'token')}, {format_usd(call.spared_nanousd)}"
        how = "ended early, its answer was verified" if call.ended_early else "cut off early"
        node.add(plain(f"{how}: saved at most {saved} (up to its cap)"))
    for parameter in call.dropped:
        node.add(plain(f"dropped {parameter}"))
    if call.vendor_request_id:
        node.add(plain(f"vendor's id {call.vendor_request_id}"))


def _thinking(call: CallRecord) -> str:
    effort = "" if call.effort is None else f", effort {call.effort}"
    return effort + (
        "" if call.thinking_budget_tokens is None else f", thinking budget {call.thinking_budget_tokens:,} tokens"
    )


def _tokens(call: CallRecord) -> str:
    parts = [f"input {call.input_tokens:,}"]
    parts += [f"cached {call.cached_tokens:,}"] if call.cached_tokens else []
    parts += [f"cache written {call.cache_write_tokens:,}"] if call.cache_write_tokens else []
    parts.append(f"output {call.output_tokens:,}")
    parts += [f"thinking {call.reasoning_tokens:,}"] if call.reasoning_tokens else []
    return f"tokens: {', '.join(parts)}{' (estimated: the vendor told none)' if call.estimated else ''}"


def _price(call: CallRecord) -> str:
    if not call.priced:
        return "cost: unknown, nobody knows this model's price"
    repriced = ", as the model that served it" if call.repriced else ""
    return f"cost: {format_usd(call.cost.total_nanousd)} ({cost_parts(call.cost)}; prices: {call.price_source or 'unknown'}{repriced})"


def _check(check: CheckRecord) -> str:
    score = "" if check.score is None else f", score {check.score:g}"
    kind = f" ({check.kind})" if check.kind else ""
    whose = f" of {check.lane}/{check.of.rstrip('/')}".rstrip("/") if check.lane else ""
    notes = [f"instead of {check.stands_in_for}, which is down"] if check.stands_in_for else []
    notes += [f"mended: {'; '.join(check.changed)}"] if check.changed else []
    notes += [f"its questions cost {format_usd(check.cost_nanousd)}"] if check.cost_nanousd else []
    notes += [f"because of {check.why}"] if check.why else []
    noted = f" [{', '.join(notes)}]" if notes else ""
    return (
        f"check {check.verifier}{kind}{whose}: {check.verdict}{score} in {duration(check.latency_us)} {check.reason}".rstrip()
        + noted
    )


def _attempts(trace: Trace) -> str:
    strategy = f" by {trace.strategy}" if trace.strategy else ""
    given = f", given: {trace.answer.removesuffix('call-').rstrip('/')}" if trace.answer else ""
    doubt = (
        "" if trace.confidence is None else f", confidence in the first lane's {trace.confidence:.2f} (not calibrated)"
    )
    return f"answers made: {trace.attempts}{strategy}{given}{doubt}"


def _add_outcome(tree: Tree, record: RunRecord) -> None:
    cost = Cost(
        input=record.cost_input,
        cached=record.cost_cached,
        cache_write=record.cost_cache_write,
        reasoning=record.cost_reasoning,
        output=record.cost_output,
        tools=record.cost_tools,
    )
    cause = f": {record.failure}" if record.failure else ""
    kind = f" ({record.verdict_kind})" if record.verdict_kind else ""
    end = tree.add(plain(f"outcome: {record.outcome}{cause}, HTTP {record.status}, verdict {record.verdict}{kind}"))
    end.add(
        plain(
            f"{duration(record.latency_us)}, first token {duration(record.first_token_us)}, {counted(record.calls, 'call')}"
        )
    )
    end.add(
        plain(
            f"tokens: input {record.input_tokens:,}, output {record.output_tokens:,}, thinking {record.reasoning_tokens:,}"
        )
    )
    unpriced = f"; {counted(record.unpriced_calls, 'call')} of unknown price not in it" if record.unpriced_calls else ""
    end.add(plain(f"cost: {format_usd(record.cost_nanousd)} ({cost_parts(cost)}{unpriced})"))
