"""A suite's counts: the list of refusals is closed at both ends."""

from __future__ import annotations

from clients.counted import Counted, Ended, counted
from clients.refusals import Rule

RULE = Rule(suite="s", subject="x", reason="", stated="", says="not here", tests=frozenset({"f.py::T::old"}))


def ended(**wrong: str) -> list[Ended]:
    return [Ended(test=f"f.py::T::{name}[loose]", wrong=words) for name, words in wrong.items()]


def test_who_fails_with_the_rule_s_words_is_refused_by_it() -> None:
    assert counted(ended(new="", old="404: not here"), [RULE]) == Counted(passed=1, refused=1, failures=())


def test_a_refusal_in_other_words_is_a_failure() -> None:
    seen = counted(ended(old="500: broken"), [RULE])
    assert (seen.passed, seen.refused, seen.failures) == (0, 0, ("f.py::T::old[loose]: 500: broken",))
    assert seen.total == 1


def test_a_failure_that_no_rule_names_is_one() -> None:
    assert counted(ended(new="404: not here", old="not here"), [RULE]).failures == (
        "f.py::T::new[loose]: 404: not here",
    )


def test_a_rule_for_a_test_that_passes_has_to_go() -> None:
    (failure,) = counted(ended(old=""), [RULE]).failures
    assert failure == "f.py::T::old[loose]: it passes now; take it from the list of refusals"


def test_a_rule_for_a_test_that_is_no_more_has_to_go() -> None:
    (failure,) = counted(ended(new=""), [RULE]).failures
    assert failure == "f.py::T::old: there is no such test; take it from the list of refusals"


def test_a_suite_of_no_tests_has_shown_nothing() -> None:
    assert counted([], []).failures == ("no test was run",)
