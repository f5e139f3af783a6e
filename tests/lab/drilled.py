"""Replies, runs and passes of a drill, with only what a test is about spelled out."""

from __future__ import annotations

from typing import Any

from lanewise.core.record import CallRecord, RunRecord
from lanewise.lab.asking import Answered, Question
from lanewise.lab.drill_figures import Pass
from lanewise.lab.drill_incidents import Incident, Load, Step
from lanewise.lab.drill_traffic import Caller, Reply
from stores.samples import a_call, a_record, a_trace

BEGAN_US = 1_790_000_000_000_000
ANSWERED: dict[str, Any] = {"status": 200, "text": "4"}
REFUSED: dict[str, Any] = {
    "status": 503,
    "problem": "HTTP 503: all rest",
    "told_error": "all rest",
    "retry_after_s": 1.0,
}
BROKEN: dict[str, Any] = {"status": 200, "problem": "HTTP 200: cut", "told_error": "cut", "text": "The ans"}
HUNG: dict[str, Any] = {"status": 0, "problem": "HTTP 0: TimeoutError()"}


def a_reply(number: int = 1, *, at_s: float = 0.0, can_wait: bool = False, **got: Any) -> Reply:
    """A reply to question `q1`, `q2` ... asked `at_s` after the pass began; a whole answer unless `got` says otherwise."""
    question = Question(id=f"q{number}", task="convert", messages=[], kind="open", expected=None)
    answered = Answered(
        **{
            "question_id": question.id,
            "stream": False,
            "run_id": f"run_{number}",
            "lane": "small",
            "deployment": "simopen/sim-small",
            "latency_us": 1_000 * number,
            "cost_nanousd": 300_000,
            **ANSWERED,
            **got,
        }
    )
    caller = Caller(question=question, lane="small", at_s=at_s, stream=False, can_wait=can_wait)
    return Reply(caller=caller, answered=answered, asked_s=at_s, asked_us=BEGAN_US + int(at_s * 1e6))


def called(deployment: str = "simopen/sim-small", *, at_s: float = 0.0, **changes: Any) -> CallRecord:
    """A call that began `at_s` after its run; its vendor calls it `req_VENDOR`."""
    vendor, _, model = deployment.partition("/")
    named = {"deployment": deployment, "model": model, "served_model": model, "vendor_request_id": f"req_{vendor}"}
    return a_call(**{**named, "started_us": int(at_s * 1e6), **changes})


def a_run(number: int = 1, *calls: CallRecord, at_s: float = 0.0, **changes: Any) -> RunRecord:
    """The run of reply `number`, begun `at_s` after its pass."""
    made = calls or (called(),)
    return a_record(
        f"run_{number}",
        started_us=BEGAN_US + int(at_s * 1e6),
        trace=a_trace(*made),
        calls=len(made),
        **{"lane": "small", "deployment": made[-1].deployment, **changes},
    )


def a_pass(replies: list[Reply], runs: list[RunRecord] | None = None) -> Pass:
    """A pass; where no runs are given, each reply has one of a single whole call."""
    kept = runs or []
    if runs is None:
        numbers = {reply.answered.run_id.removeprefix("run_"): reply.answered.deployment for reply in replies}
        kept = [a_run(int(number), called(deployment)) for number, deployment in numbers.items()]
    return Pass(replies=tuple(replies), runs={run.run_id: run for run in kept}, began_us=BEGAN_US)


def an_incident(**changes: Any) -> Incident:
    """simopen answers 503 from 1 s to 2 s."""
    steps = (
        Step(at_s=1.0, says="simopen answers 503", faults=({"kind": "status", "vendor": "simopen", "code": 503},)),
        Step(at_s=2.0, says="simopen works again"),
    )
    given = {
        "name": "it",
        "title": "A vendor is down",
        "story": "simopen is down for a second",
        "failing": ("simopen",),
        "load": Load(requests=4, over_s=3.0, lanes={"small": 1.0}),
        "steps": steps,
    }
    return Incident(**{**given, **changes})
