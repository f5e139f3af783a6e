"""Checks as values: rules in order, lanes' own, the defaults of tasks and of lanes that think."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lanewise.config.build_lanes import NO_LANE
from lanewise.config.build_routing import build_condition
from lanewise.config.options import WrongOptions, read_options
from lanewise.config.schema import PolicyFile
from lanewise.config.schema_checks import Use, VerifierSection
from lanewise.config.schema_lanes import LaneSection, SearchSection
from lanewise.config.sources import VerifierRow
from lanewise.core.policy import Check, Deployment, Strategy, Task, Verification, VerifyRule
from lanewise.core.protocols.verifier import COSTS
from lanewise.core.searching import Search

USUAL_TIMEOUT_S = 10.0
USUAL_TIMEOUT_OF_MODELS_S = 30.0  # of a verifier that asks one
OF_THINKING = "loops"
"""The default check of a lane that thinks: it needs no option, and what it finds no application wants."""

USUAL_CALLS = 6
_MOST_CALLS = 60  # of the default: more is to be written
SAMPLES: dict[Strategy, int] = {"single": 1, "draft": 1, "vote": 5, "best_of_n": 3}
JUDGE_OF_STEPS = "judge"
"""Who judges the steps of a search where nobody wrote it: the lane's own model, asked for a grade."""

RUBRIC_OF_STEPS = "Is each step right, is nothing overlooked that was asked for, and does this way lead to the answer?"
_REPAIRS = 2


class Checking:
    """Makes checks of what is written. What cannot be made was told before, or is a default that has to be left out."""

    def __init__(
        self, file: PolicyFile, verifiers: Mapping[str, VerifierRow], deployments: Mapping[str, Deployment]
    ) -> None:
        self._file = file
        self._verifiers = verifiers
        self._deployments = deployments

    def verification(self, tasks: Mapping[str, Task]) -> Verification:
        """All but the lanes' own."""
        file = self._file
        return Verification(
            rules=tuple(
                VerifyRule(when=build_condition(rule.when), checks=self.uses(rule.use, f"verify[{place}]"))
                for place, rule in enumerate(file.verify)
            ),
            of_tasks={
                task.name: checks
                for task in tasks.values()
                if (checks := self._default(task.check, f"task:{task.name}"))
            },
            of_thinking=self._default(OF_THINKING, "thinking"),
            expected=next(iter(self._default("math_answer", "expected", written=True)), None),
            tests=next(iter(self._default("python_tests", "tests", written=True)), None),
            tool_calls=next(iter(self._default("json_schema", "irreversible_tools", written=True)), None),
            irreversible_tools=file.irreversible_tools,
        )

    def uses(self, uses: tuple[Use, ...], why: str) -> tuple[Check, ...]:
        """Checks that somebody wrote: the cheapest first, those that cost alike in their order."""
        return tuple(sorted((self._check(use, why) for use in uses), key=lambda check: check.cost))

    def search(self, name: str) -> Search:
        """A lane's search. A judge of steps that is down has nobody to stand in for it: those that can are few."""
        lane = self._file.lanes[name]
        section = lane.search
        uses = section.judge
        if not uses and lane.strategy == "search" and JUDGE_OF_STEPS in self._verifiers:
            uses = (
                Use(
                    JUDGE_OF_STEPS,
                    {"deployment": lane.deployments[0], "own_family": True, "rubric": RUBRIC_OF_STEPS},
                ),
            )
        judges = tuple(replace(check, stand_in=None) for check in self.uses(uses, f"lanes.{name}.search"))
        return Search(
            width=section.width,
            beam=section.beam,
            depth=section.depth,
            step_tokens=section.step_tokens,
            judges=judges,
        )

    def _default(self, name: str, why: str, *, written: bool = False) -> tuple[Check, ...]:
        """A check that nobody wrote; none where the verifier needs an option that nobody wrote either."""
        row = self._verifiers.get(name)
        if row is None or not set(row.needed) <= self._section(name).options.keys():
            return ()
        try:
            return (self._check(Use(name, {}), why, written=written),)
        except WrongOptions:  # told at `verifiers`
            return ()

    def _check(self, use: Use, why: str, *, written: bool = True, instead_of: tuple[str, ...] = ()) -> Check:
        row, section = self._verifiers[use.verifier], self._section(use.verifier)
        options = read_options(row, {**section.options, **use.options}, self._deployments)
        usual_s = USUAL_TIMEOUT_OF_MODELS_S if row.models else USUAL_TIMEOUT_S
        name = section.stand_in or row.stand_in
        been = (*instead_of, use.verifier)
        stand_in = None
        if name is not None and name != NO_LANE and name not in been and name in self._verifiers:
            needed = set(self._verifiers[name].needed)
            if needed <= self._section(name).options.keys():
                stand_in = self._check(Use(name, {}), why, written=written, instead_of=been)
        return Check(
            verifier=use.verifier,
            options=options,
            timeout_s=section.timeout or usual_s,
            stand_in=stand_in,
            why=why,
            closes=row.closes,
            written=written,
            cost=COSTS.index(row.cost),
        )

    def _section(self, name: str) -> VerifierSection:
        return self._file.verifiers.get(name, VerifierSection())


def asked_models(file: PolicyFile, verifiers: Mapping[str, VerifierRow]) -> list[str]:
    """Every deployment that a verifier asks, as it is written."""
    uses = [use for rule in file.verify for use in rule.use]
    uses += [use for lane in file.lanes.values() for use in (*lane.verify, *lane.search.judge)]
    uses += [Use(name, section.options) for name, section in file.verifiers.items()]
    return [use.options[name] for use in uses for name in verifiers[use.verifier].models if name in use.options]


def samples_of(section: LaneSection) -> int:
    """How many samples one answer of a lane is made of at most."""
    if section.samples is not None:
        return section.samples
    return most_draws(section.search) if section.strategy == "search" else SAMPLES[section.strategy]


def most_draws(search: SearchSection) -> int:
    """What the bounds of a search allow: the plain answer, its steps, and as many answers after them as two rounds may bring."""
    return 1 + most_steps(search) + 2 * search.beam


def most_steps(search: Search | SearchSection) -> int:
    """The steps of a search whose beam is always full."""
    return search.width * (1 + (search.depth - 1) * search.beam)


def calls_of_search(search: Search | SearchSection, *, samples: int, repairs: int, asks: bool) -> int:
    """The calls of a search that uses all of its draws; `asks`: judging a step is a call by itself."""
    steps = min(samples, most_steps(search))
    return steps * (1 + asks) + (samples - steps) * (1 + repairs)


def repairs_of(section: LaneSection) -> int:
    """How often one sample of a lane is asked for again at most."""
    if section.repairs is not None:
        return section.repairs
    return _REPAIRS if samples_of(section) == 1 else 0


def max_calls(file: PolicyFile) -> int:
    """The calls that one request may make: as written, else the usual ones and what written checks, samples and the ladder need."""
    if file.limits.max_calls is not None:
        return file.limits.max_calls
    ladder = [file.lanes[name] for name in file.routing.escalate if name in file.lanes]
    others = [[section] for section in file.lanes.values()]
    checked = bool(file.verify or file.irreversible_tools)
    needs = [sum(_calls(section, checked=checked) for section in lanes) for lanes in (ladder, *others) if lanes]
    return min(_MOST_CALLS, USUAL_CALLS + max(needs, default=1) - 1)


def _calls(section: LaneSection, *, checked: bool) -> int:
    repairs = repairs_of(section) if checked or section.verify else 0
    if section.strategy == "search":
        judges = section.search.judge
        asks = not judges or JUDGE_OF_STEPS in (use.verifier for use in judges)
        return calls_of_search(section.search, samples=samples_of(section), repairs=repairs, asks=asks)
    return samples_of(section) * (1 + repairs)
