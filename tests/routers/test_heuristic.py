"""A named task or the look of a request decides its lane, where the policy has a classifier."""

from __future__ import annotations

import pytest

from lanewise.core.plan import Plan
from lanewise.core.policy import GRADES, Classifier, Grade, Policy, Routing, Task
from lanewise.core.request import Hints, Request
from lanewise.routers.difficulty import Graded
from lanewise.routers.graded import GradedOnce
from lanewise.routers.heuristic import HeuristicRouter
from lanewise.routers.taxonomy import TASKS
from walking import CALLER, ask_nobody, at_once, lane, policy, request

LANES = ("small", "standard", "frontier", "reasoning_low", "reasoning")
LANE_OF: dict[Grade, str] = dict(zip(GRADES, LANES, strict=True))
HARD = "Prove that there are infinitely many primes congruent to 3 modulo 4."


def with_classifier(
    classifier: Classifier = "heuristic", grades: dict[Grade, str] = LANE_OF, tasks: dict[str, Task] = TASKS
) -> Policy:
    routing = Routing(default="standard", classifier=classifier, grades=grades)
    return policy(*(lane(name, f"openai/{name}") for name in LANES), routing=routing, tasks=tasks)


def decide(of: Policy, asked: Request) -> Plan | None:
    return at_once(HeuristicRouter().route(asked, CALLER, of, ask_nobody))


def test_the_scorers_grade_names_the_lane_and_is_written_down_with_its_signals() -> None:
    plan = decide(with_classifier(), request("auto", "Translate this to French: good morning, everybody"))

    assert plan is not None
    assert plan.rungs[0].lane.name == "standard"
    assert plan.reason == "difficulty:easy"
    assert plan.features == {"difficulty": "easy", "signals": "translate"}


def test_several_signals_are_written_down_as_words() -> None:
    plan = decide(with_classifier(), request("auto", HARD))

    assert plan is not None
    assert plan.reason in ("difficulty:hard", "difficulty:expert")
    assert str(plan.features["signals"]).split()[:2] == ["proof", "technical"]


@pytest.mark.parametrize("grade", GRADES)
def test_each_grade_has_the_lane_that_the_policy_gives_it(grade: Grade) -> None:
    router = HeuristicRouter(GradedOnce(lambda _: Graded(grade=grade, score=0.5, signals=())))

    plan = at_once(router.route(request(), CALLER, with_classifier(), ask_nobody))

    assert plan is not None
    assert plan.rungs[0].lane.name == LANE_OF[grade]


def test_a_task_that_the_caller_names_decides_whatever_the_text_looks_like() -> None:
    plan = decide(with_classifier(), request("auto", HARD, hints=Hints(task="summarize")))

    assert plan is not None
    assert plan.rungs[0].lane.name == "standard"
    assert plan.reason == "task:summarize"
    assert plan.features == {"difficulty": "easy", "task_gain": "wasted"}


def test_a_task_of_the_operators_own_is_known_like_a_shipped_one() -> None:
    own = Task(name="haggle", gain="wins", grade="expert", check="none")

    plan = decide(with_classifier(tasks={"haggle": own}), request("auto", "Hi!", hints=Hints(task="haggle")))

    assert plan is not None
    assert plan.rungs[0].lane.name == "reasoning"


def test_a_task_that_nobody_knows_leaves_it_to_the_scorer() -> None:
    plan = decide(with_classifier(), request("auto", "Hello!", hints=Hints(task="poetry_slam")))

    assert plan is not None
    assert plan.reason == "difficulty:trivial"


def test_without_a_classifier_others_decide() -> None:
    assert decide(with_classifier("none"), request("auto", HARD, hints=Hints(task="math_proof"))) is None


def test_it_decides_where_the_small_model_could_not() -> None:
    plan = decide(with_classifier("small_model"), request("auto", "Hello!"))

    assert plan is not None
    assert plan.reason == "difficulty:trivial"


def test_a_grade_without_a_lane_leaves_it_to_others() -> None:
    of = with_classifier(grades={"hard": "reasoning", "expert": "reasoning"})

    assert decide(of, request("auto", "Hello!")) is None
    assert decide(of, request("auto", HARD)) is not None
    assert decide(of, request("auto", HARD, hints=Hints(task="summarize"))) is None
