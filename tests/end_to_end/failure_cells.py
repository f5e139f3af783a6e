"""The cells of a row, made of what the caller, the ledger and the vendors' own logs say of one request."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import Any

import openai

from end_to_end.failure_caller import Heard
from end_to_end.failure_rows import ESTIMATED, FAST, FREE, NOTHING, TOLD, Case, Seen

Log = dict[str, list[dict[str, Any]]]
"""What vendors say they were asked, by the role of the deployment."""

_LAST_COMMENT = re.compile(rb"^: lanewise (\{.*\})$", flags=re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything that is known of one row's request."""

    heard: Heard
    run: dict[str, Any] | None  # its row of the ledger; None where it was refused before there was one
    earlier: list[dict[str, Any]]  # the ledger's rows of the requests that were made before it
    log: Log  # of all these requests
    usual: dict[str, str]  # what each model that does not think says to the question, by `vendor/model`


def cells(case: Case, evidence: Evidence) -> Seen:
    """A row's cells. Raises AssertionError where what was seen does not fit together."""
    heard, run = evidence.heard, evidence.run
    log = _latest(case, evidence)
    if run is None:
        return Seen(sees=_sees(case, evidence, ""), outcome="", marked="", calls="nobody", cost=NOTHING)
    calls = sorted(run["trace"].get("calls", []), key=lambda call: int(call.get("iteration", 0)))
    return Seen(
        sees=_sees(case, evidence, run["deployment"]),
        outcome=_outcome(case, heard, run),
        marked=_marked(case, heard, run["trace"].get("degraded", [])) or _weighed(case, heard, run),
        calls=_calls(case, calls),
        cost=_cost(case, calls, log, answered=run["failure"] is None),
    )


def _latest(case: Case, evidence: Evidence) -> Log:
    """The vendors' rows of the row's own request. No vendor was asked without a line in the ledger, and no line stands for no call."""
    latest: Log = {}
    for role, vendor in case.roles.items():
        asked = [_asked(case, role, run) for run in (evidence.run, *evidence.earlier)]
        rows = evidence.log[role]
        assert vendor.nowhere or len(rows) == sum(asked), f"{role} got {len(rows)} calls, the ledger has {sum(asked)}"
        latest[role] = rows[len(rows) - asked[0] :]
    return latest


def _asked(case: Case, role: str, run: dict[str, Any] | None) -> int:
    calls = run["trace"].get("calls", []) if run else []
    return sum(_role(case, call["deployment"]) == role for call in calls)


def _role(case: Case, name: str) -> str:
    """Whose deployment, or lane, this is in its row."""
    return name.partition("/")[0].removeprefix(f"{case.key}-")


def _who(case: Case, name: str) -> str:
    """A deployment or a lane as the page calls it."""
    role = _role(case, name)
    return {case.key: "lane", FAST: "fast lane"}.get(role, role)


# What the caller sees


def _sees(case: Case, evidence: Evidence, answered_by: str) -> str:
    heard = evidence.heard
    error = heard.error
    if case.leaves:
        return "nothing: it has left"
    if isinstance(error, openai.APIStatusError):
        assert error.message
        return f"{error.status_code} `{error.type}`, code `{error.code}`{_retry_after(case, heard)}"
    if error is not None:
        assert error.message
        return f"200, {_before_it(heard) or 'nothing'}, then an error event, code `{error.code}`"
    if not heard.text:
        answer = "an empty answer"
    else:
        whole = heard.finish == "stop"
        role = _role(case, answered_by)
        thinks = "effort" in case.settings and role != FAST
        usual = None if thinks else evidence.usual[case.roles[role].model]
        assert not whole or usual in (None, heard.text), f"a truncated answer passed for whole: {heard.text!r}"
        answer = f"the {_who(case, answered_by)}'s {'answer' if whole else 'words'}"
    finish = "" if heard.finish == "stop" else f", finish `{heard.finish}`"
    begin = "heartbeats, then " if heard.heartbeats else ""
    thinking = "thinking, then " if case.stream and heard.reasoning else ""
    return f"200, {begin}{thinking}{answer}{finish}"


def _before_it(heard: Heard) -> str:
    if heard.text:
        return "its first words"
    return "thinking" if heard.reasoning else "heartbeats" if heard.heartbeats else ""


def _retry_after(case: Case, heard: Heard) -> str:
    told = heard.headers.get("retry-after")
    if told is None:
        assert case.retry_after is None, "a caller must be told when to come back"
        return ""
    if case.retry_after is None:
        return f", `Retry-After: {told}`"
    least, most = case.retry_after
    assert least <= int(told) <= most, f"Retry-After is {told}, not within {case.retry_after}"
    return ", `Retry-After`"


def _outcome(case: Case, heard: Heard, run: dict[str, Any]) -> str:
    """How the run ended, by the ledger. A caller that is there is told the same, and by which policy it is refused."""
    refusal = run["trace"].get("refusal")
    if heard.error is None and not case.leaves:
        told = _told(case, heard)
        for key in ("outcome", "lane", "deployment", "calls", "cost_nanousd"):
            assert told[key] == run[key], f"{key}: {told[key]!r} is told, {run[key]!r} is written down"
        assert told.get("degraded", []) == run["trace"].get("degraded", [])
        assert told.get("refusal") == refusal
    if refusal is not None:
        assert heard.error is None or json.loads(bytes(heard.wire))["lanewise"]["refusal"] == refusal
        assert refusal["reason"]
        assert refusal["appeal"]
        return f"`{run['outcome']}` by `{refusal['policy']}`"
    return f"`{run['outcome']}`" + (f": `{run['failure']}`" if run["failure"] else "")


def _told(case: Case, heard: Heard) -> dict[str, Any]:
    """What an answer says of itself: its key `lanewise`, or the comment at the end of a stream."""
    if not case.stream:
        return dict(json.loads(bytes(heard.wire))["lanewise"])
    last = _LAST_COMMENT.search(bytes(heard.wire))
    assert last, "a stream ended without its comment"
    return dict(json.loads(last[1]))


def _marked(case: Case, heard: Heard, degraded: list[dict[str, Any]]) -> str:
    """Each downgrade. It must be in the header, unless the answer had begun before: then it is in its last comment alone."""
    header = None if heard.headers is None else heard.headers.get("x-lanewise-degraded")
    if not degraded:
        assert header is None
        return ""
    in_words = ", ".join(f"{each['reason']}; from={each['from']}; to={each['to']}" for each in degraded)
    assert header == in_words or (case.stream and heard.error is None and header is None), f"the header is {header!r}"
    names = (f"`{each['reason']}`, {_who(case, each['from'])} → {_who(case, each['to'])}" for each in degraded)
    return "; ".join(names) + (" (last comment)" if header is None else "")


def _weighed(case: Case, heard: Heard, run: dict[str, Any]) -> str:
    """What a check said, or that it could not; empty where none was asked for."""
    checks = run["trace"].get("checks", [])
    if not checks or heard.error is not None or "verify" not in case.settings:
        return ""
    told = _told(case, heard)
    down = [check["verifier"] for check in checks if check["verdict"] == "down"]
    assert (told["verdict"], told["verdict_kind"]) == (run["verdict"], run["verdict_kind"])
    assert told.get("verifiers_down", []) == down
    stands_in = [check["verifier"] for check in checks if check.get("stands_in_for")]
    gave_way = f"; `{down[0]}` is down, `{stands_in[0]}` stands in" if down else ""
    return f"verdict `{told['verdict']}` ({told['verdict_kind']}){gave_way}"


# Who was asked, and what that cost


def _calls(case: Case, calls: list[dict[str, Any]]) -> str:
    """Each call and what became of it; the same ones in a row once, with how many they were."""
    steps = []
    for (step, again), group in itertools.groupby(
        (_step(case, calls, place) for place in range(len(calls))), key=lambda each: each
    ):
        many = len(list(group))
        steps.append(again + step + (f" ({many} times)" if many > 1 else ""))
    return " → ".join(steps) or "nobody"


_ASKED_BECAUSE = {"hedge": "hedge: ", "waited": "after a wait: ", "wider": "with a larger cap: "}


def _step(case: Case, calls: list[dict[str, Any]], place: int) -> tuple[str, str]:
    call = calls[place]
    reason = call.get("reason", "first").partition(":")[0]
    became = f"`{call['failure']}`" if "failure" in call else "answers"
    if call.get("finish", "stop") != "stop":
        became = f"`{call['finish']}`"
    elif place + 1 < len(calls) and calls[place + 1].get("reason") == "retry: empty":
        became = "says nothing"
    again = _ASKED_BECAUSE.get(reason, "")
    if reason == "wider" and call.get("effort") != calls[place - 1].get("effort"):
        again = "with less effort: "
    return f"{_who(case, call['deployment'])} {became}", again


def _cost(case: Case, calls: list[dict[str, Any]], log: Log, *, answered: bool) -> str:
    """What the ledger has for each call that is not the answer, beside what its vendor's books have."""
    taken = {role: iter(rows) for role, rows in log.items()}
    said: dict[str, None] = {}  # in order, each once
    for place, call in enumerate(calls):
        role = _role(case, call["deployment"])
        paid = None if case.roles[role].nowhere else next(taken[role])["cost_nanousd"]
        is_answer = "failure" not in call and place == _answer(calls)
        words = _booked(call, paid)
        if answered and is_answer:
            assert words == TOLD, f"the answer's cost is not the vendor's: {words}"
        else:
            said[words] = None
    return ", ".join(said)


def _answer(calls: list[dict[str, Any]]) -> int:
    """The place of the call that the answer came from: the last that did not fail."""
    return max((place for place, call in enumerate(calls) if "failure" not in call), default=-1)


def _booked(call: dict[str, Any], paid: int | None) -> str:
    cost = sum(call.get("cost", {}).get(part, 0) for part in ("input", "cached", "cache_write", "reasoning", "output"))
    if call.get("estimated"):
        return ESTIMATED if paid else FREE
    if not cost:
        return NOTHING if not paid else "nothing, though the vendor bills it"
    return TOLD if cost == paid else f"{cost} told, {paid} billed"
