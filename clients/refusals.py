"""What the gateway refuses of the peers' suites, by a rule that the reference states: a closed list, which may only shrink."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from clients.install import HERE

FILE = HERE / "refusals.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Tests of one suite on one subject, by their ids without parameters, that end in an error with these words."""

    suite: str
    subject: str
    reason: str
    stated: str  # the page of the reference that says so
    says: str
    tests: frozenset[str]


@cache
def every_rule() -> tuple[Rule, ...]:
    """The list, in the order of its file."""
    told = tomllib.loads(FILE.read_text())
    return tuple(
        Rule(
            suite=suite,
            subject=subject,
            reason=each["reason"],
            stated=each["stated"],
            says=each["says"],
            tests=frozenset(each["tests"]),
        )
        for suite, subjects in told.items()
        for subject, rules in subjects.items()
        for each in rules
    )


def rules_of(suite: str, subject: str) -> tuple[Rule, ...]:
    """The rules under which tests of a suite on this subject are refused."""
    return tuple(rule for rule in every_rule() if (rule.suite, rule.subject) == (suite, subject))
