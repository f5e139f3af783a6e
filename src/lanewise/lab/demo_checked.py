"""The demo's checked answers: calculations whose right answers are sent along, on a lane that proves, mends and climbs.

Every third is asked for as JSON by a schema, so that its form is checked as well as what it comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lanewise.core.record import RunRecord
from lanewise.lab.asking import Answered, Question
from lanewise.lab.checks import Check, named

LANE = "checked"
TASK = "checked_sum"
_ABOVE = "checked_reasoning"
LANES = f"""\
  {LANE}: {{deployments: [simopen/sim-small], timeout: 60s, verify: math_answer, repairs: 1}}
  {_ABOVE}: {{deployments: [simopen/sim-reasoner], effort: high, timeout: 5m, verify: math_answer, repairs: 1}}
"""
RULES = f"""
verify:
  - when: {{task: [{TASK}], response_format: json_schema}}
    use: json_schema
"""
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "integer"}},
    "required": ["answer"],
    "additionalProperties": False,
}
COUNT = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedPart:
    """What came of it. Money is of all these answers, right or wrong: that is what the proven ones cost."""

    asked: int
    as_json: int  # of them, by a schema
    rejected: int  # a first answer that its check rejected
    mended: int  # proven after it was asked for again in the same lane
    escalated: int
    climbed: int  # of them, proven in the later lane
    proven: int
    wrong: int  # given all the same, and marked
    cost_nanousd: int
    cost_per_proven_nanousd: int | None


def with_checked_lanes(policy_text: str) -> str:
    """A simulated policy with the two lanes, the ladder between them, the rule that leads there, and the check of JSON's form."""
    lanes = policy_text.replace("\nlanes:\n", f"\nlanes:\n{LANES}", 1)
    ladder = (
        f"\nrouting:\n  escalate: [{LANE}, {_ABOVE}]\n  rules:\n    - when: {{task: [{TASK}]}}\n      lane: {LANE}\n"
    )
    return lanes.replace("\nrouting:\n  rules:\n", ladder, 1) + RULES


def calculations() -> tuple[Question, ...]:
    """Every other one a product, the rest sums of products which a small model often gets wrong; computed here."""
    made = []
    for n in range(COUNT):
        a, b, c, d = 117 + 13 * n, 23 + 7 * n, 19 + 11 * n, 29 + 3 * n
        what, right = (f"{a} * {b}", a * b) if n % 2 else (f"{a} * {b} + {c} * {d} - 31 * 7", a * b + c * d - 31 * 7)
        made.append(_as_json(n, what, right) if n % 3 == 2 else _in_prose(n, what, right))
    return tuple(made)


def _in_prose(n: int, what: str, right: int) -> Question:
    asked = [{"role": "user", "content": f"What is {what}? Show the steps."}]
    return Question(id=f"checked-{n:02d}", task=TASK, messages=asked, kind="number", expected={"value": str(right)})


def _as_json(n: int, what: str, right: int) -> Question:
    asked = [{"role": "user", "content": f"What is {what}?"}]
    return Question(
        id=f"checked-{n:02d}", task=TASK, messages=asked, kind="json", expected={"answer": right}, schema=SCHEMA
    )


def checked_part(answers: Sequence[Answered], runs: Sequence[RunRecord]) -> CheckedPart:
    """These answers, by their rows in the ledger."""
    names = {each.run_id for each in answers}
    rows = [run for run in runs if run.run_id in names]
    proven = [run for run in rows if run.verdict == "accept" and run.verdict_kind == "proof"]
    cost_nanousd = sum(run.cost_nanousd for run in rows)
    return CheckedPart(
        asked=len(answers),
        as_json=sum(any(check.verifier == "json_schema" for check in run.trace.checks) for run in rows),
        rejected=sum(_first_rejected(run) for run in rows),
        mended=sum(run.attempts > 1 and not run.escalated for run in proven),
        escalated=sum(run.escalated for run in rows),
        climbed=sum(run.escalated for run in proven),
        proven=len(proven),
        wrong=sum(run.verdict == "reject" for run in rows),
        cost_nanousd=cost_nanousd,
        cost_per_proven_nanousd=-(-cost_nanousd // len(proven)) if proven else None,
    )


def _first_rejected(run: RunRecord) -> bool:
    """Whether a check of the first answer that was made has rejected it."""
    checks = run.trace.checks
    return any(check.verdict == "reject" for check in checks if check.of == checks[0].of)


def every_proof_is_true(answers: Sequence[Answered], runs: Sequence[RunRecord]) -> Check:
    """Each of these answers was checked, and one is called proven exactly where it is right."""
    rows = {run.run_id: run for run in runs}
    bad = []
    for each in answers:
        run = rows.get(each.run_id)
        checked = run is not None and run.verdict in ("accept", "reject") and not each.problem
        if run is None or not checked or (run.verdict == "accept") != bool(each.right):
            bad.append(each.question_id)
    said = f"{len(answers) - len(bad):,} of {len(answers):,} checked answers are called proven exactly where they are right"
    return Check(name="every proof is true", passed=bool(answers) and not bad, said=said + named(bad))
