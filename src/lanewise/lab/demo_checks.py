"""What a demo must have proved before it may end with success. Each check is a value that says what it found."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lanewise.core.plurals import counted
from lanewise.core.policy import Policy
from lanewise.core.record import RunRecord
from lanewise.lab.asking import Answered
from lanewise.lab.checks import Check, named
from lanewise.operations.books import Difference


def lanes_led_by(vendor: str, policy: Policy) -> frozenset[str]:
    """The lanes whose first deployment is at this vendor: those that an outage of it must degrade."""
    return frozenset(name for name, lane in policy.lanes.items() if lane.deployments[0].provider.name == vendor)


def every_request_was_answered(asked: int, answers: Sequence[Answered]) -> Check:
    """As many whole answers as questions."""
    bad = [f"{each.question_id}: {each.problem}" for each in answers if each.problem]
    good = len(answers) - len(bad)
    said = f"{good:,} of {asked:,} requests were answered in full"
    return Check(name="every request was answered", passed=good == asked, said=said + named(bad))


def every_answer_of_the_outage_is_marked(answers: Sequence[Answered], lanes: Collection[str]) -> Check:
    """Each answer of a lane whose primary was down says so. That none was tested is a failure, too."""
    hit = [each for each in answers if each.in_outage and each.lane in lanes and not each.problem]
    bare = [each.run_id for each in hit if not each.marked]
    if not hit:
        said = f"no answer came from {', '.join(sorted(lanes))} during the outage, so nothing was tested: ask more with --requests"
    else:
        said = f"{len(hit) - len(bare):,} of {len(hit):,} answers of lanes that lost their first vendor say so"
    return Check(name="every answer of the outage is marked", passed=bool(hit) and not bare, said=said + named(bare))


def every_answer_is_in_the_ledger(answers: Sequence[Answered], runs: Sequence[RunRecord]) -> Check:
    """One row for each answer, with the cost that its caller was told."""
    costs = {run.run_id: run.cost_nanousd for run in runs}
    bad = [each.run_id or each.question_id for each in answers if costs.get(each.run_id) != each.cost_nanousd]
    stray = len(runs) - len({each.run_id for each in answers} & costs.keys())
    said = f"{len(answers) - len(bad):,} of {len(answers):,} answers have their row, at the cost their caller was told"
    if stray:
        said += f"; {counted(stray, 'row belongs', 'rows belong')} to no answer"
    return Check(name="every answer is in the ledger", passed=not bad and not stray, said=said + named(bad))


def ledger_equals_books(differences: Sequence[Difference], calls: int) -> Check:
    """No figure differs between our ledger and what the vendors say they were paid for. No calls at all prove nothing."""
    found = [
        f"{each.where} {each.what}: ledger {each.ledger:,}, books {each.books:,} ({each.ledger - each.books:+,})"
        for each in differences
    ]
    said = (
        f"{len(found):,} figures differ from the vendors' books"
        if found
        else f"{calls:,} paid calls agree to the token and nano-dollar"
    )
    return Check(name="the ledger equals the vendors' books", passed=not found and calls > 0, said=said + named(found))
