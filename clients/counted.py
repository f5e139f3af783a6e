"""What a suite came to, in numbers: passed, refused by a rule, failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clients.refusals import Rule

_MOST_WORDS = 1_000  # characters of what a test failed with


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a test ended: its id, and the words it failed with, empty where it passed."""

    test: str
    wrong: str

    @property
    def bare(self) -> str:
        """Its id without parameters."""
        return self.test.partition("[")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What a suite came to; `failures` says what failed that no rule refuses, and which lines of the list are not needed any more."""

    passed: int
    refused: int
    failures: tuple[str, ...]

    @property
    def total(self) -> int:
        return self.passed + self.refused + len(self.failures)


def counted(tested: Sequence[Ended], rules: Sequence[Rule]) -> Counted:
    """Who passed, who was refused by a rule, and what is wrong: a test that fails otherwise, a rule for a test that does not."""
    passed = refused = 0
    failures: list[str] = [] if tested else ["no test was run"]
    by_test = {test: rule for rule in rules for test in rule.tests}
    for each in tested:
        rule = by_test.get(each.bare)
        if rule is None and not each.wrong:
            passed += 1
        elif rule is not None and rule.says in each.wrong:
            refused += 1
        else:
            failures.append(
                f"{each.test}: {each.wrong[:_MOST_WORDS] or 'it passes now; take it from the list of refusals'}"
            )
    gone = by_test.keys() - {each.bare for each in tested}
    failures += [f"{test}: there is no such test; take it from the list of refusals" for test in sorted(gone)]
    return Counted(passed=passed, refused=refused, failures=tuple(failures))
