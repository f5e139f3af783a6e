"""Checks as values: rules in order, lanes' own, the defaults of tasks and of lanes that think."""

from __future__ import annotations

from collections.abc import Mapping

from lanewise.config.build_lanes import NO_LANE
from lanewise.config.build_routing import build_condition
from lanewise.config.options import WrongOptions, read_options
from lanewise.config.schema import PolicyFile
from lanewise.config.schema_checks import Use, VerifierSection
from lanewise.config.schema_lanes import LaneSection
from lanewise.config.sources import VerifierRow
from lanewise.core.policy import Check, Deployment, LaneStrategy, Task, Verification, VerifyRule

USUAL_TIMEOUT_S = 10.0
USUAL_TIMEOUT_OF_MODELS_S = 30.0  # of a verifier that asks one
OF_THINKING = "loops"
"""The default check of a lane that thinks: it needs no option, and what it finds no application wants."""

USUAL_CALLS = 6
_MOST_CALLS = 60  # of the default: more is to be written
SAMPLES: dict[LaneStrategy, int] = {"single": 1, "draft": 1, "vote": 5, "best_of_n": 3}
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
        """Checks that somebody wrote, in their order; those that ask a model last."""
        checks = [self._check(use, why) for use in uses]
        asks = {use.verifier for use in uses if self._verifiers[use.verifier].models}
        return tuple(sorted(checks, key=lambda check: check.verifier in asks))

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
            written=written,
        )

    def _section(self, name: str) -> VerifierSection:
        return self._file.verifiers.get(name, VerifierSection())


def asked_models(file: PolicyFile, verifiers: Mapping[str, VerifierRow]) -> list[str]:
    """Every deployment that a verifier asks, as it is written."""
    uses = [use for rule in file.verify for use in rule.use]
    uses += [use for lane in file.lanes.values() for use in lane.verify]
    uses += [Use(name, section.options) for name, section in file.verifiers.items()]
    return [use.options[name] for use in uses for name in verifiers[use.verifier].models if name in use.options]


def samples_of(section: LaneSection) -> int:
    """How many samples one answer of a lane is made of at most."""
    return section.samples or SAMPLES[section.strategy]


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
    return samples_of(section) * (1 + repairs)
