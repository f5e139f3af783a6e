"""Ways to answer compared on recorded outcomes: how many are right, what they cost, and what a coin would get for the same money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from lanewise.core.intervals import Interval, wilson
from lanewise.lab.recorded_outcomes import Outcome, Workload

RESAMPLES = 400  # of the bootstrap


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One way to answer. Costs are means per question, in the workload's unit; intervals hold with 95 %."""

    strategy: str
    questions: int
    right: Interval
    escalated: float  # the share for which the strong model was asked
    cost: float
    cost_low: float
    cost_high: float
    cost_per_right: float | None
    coin: float  # right answers of a coin that asks the strong model instead of the cheap one, at the same cost
    of_strong: float  # right answers, as a share of the strong model's


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All ways to answer one workload that its records allow."""

    workload: str
    models: str
    cost_is: str
    rows: tuple[Compared, ...]


class _Answered:
    """What a strategy makes of one question."""

    __slots__ = ("cost", "escalated", "right")

    def __init__(self, of: Outcome, *, escalates: bool, checks: float = 0.0) -> None:
        """`checks`: what was paid to decide, beside the cheap answer."""
        self.escalated = escalates
        self.right = of.strong_right if escalates else of.fast_right
        self.cost = of.fast_cost + checks + (of.strong_cost if escalates else 0.0)


Strategy = Callable[[Outcome], _Answered]


def compare(workload: Workload, *, seed: int = 7) -> Comparison:
    """Every strategy on one workload."""
    outcomes = workload.outcomes
    answered = {name: [strategy(each) for each in outcomes] for name, strategy in _strategies(outcomes).items()}
    fast, strong = [_Answered(each, escalates=False) for each in outcomes], [_direct(each) for each in outcomes]
    whole = {"always fast": fast, "always reasoning": strong, **answered}
    by_doubt = _doubt_at_the_cost_of(outcomes, _mean([each.cost for each in next(iter(answered.values()))]))
    if by_doubt is not None:
        whole["length of the fast answer, at the cost of the first check"] = by_doubt
    rows = [_compared(name, each, (fast, strong), Random(seed)) for name, each in whole.items()]  # noqa: S311 - resampling
    return Comparison(workload=workload.name, models=workload.models, cost_is=workload.cost_is, rows=tuple(rows))


def _strategies(outcomes: Sequence[Outcome]) -> dict[str, Strategy]:
    """The cascades for which something was recorded."""
    made: dict[str, Strategy] = {"fast + proof + escalate": lambda of: _Answered(of, escalates=not of.fast_right)}
    if all(each.other_agrees is not None for each in outcomes):
        made["fast + agreement + escalate"] = lambda of: _Answered(
            of, escalates=not of.other_agrees, checks=of.fast_cost
        )
    if all(each.two_agree is not None for each in outcomes):
        made["fast + one of two agrees + escalate"] = lambda of: _Answered(
            of, escalates=not of.two_agree, checks=2 * of.fast_cost
        )
    if all(each.votes is not None for each in outcomes):
        made["vote of three + escalate"] = lambda of: _Answered(
            of, escalates=of.votes is None or not of.votes[0], checks=2 * of.fast_cost
        )
    return made


def _direct(of: Outcome) -> _Answered:
    answered = _Answered(of, escalates=True)
    answered.cost = of.strong_cost
    return answered


def _doubt_at_the_cost_of(outcomes: Sequence[Outcome], cost: float) -> list[_Answered] | None:
    """The longest fast answers escalate, as many as the money holds; None where no length was recorded."""
    if any(each.doubt is None for each in outcomes):
        return None
    by_doubt = sorted(range(len(outcomes)), key=lambda place: -(outcomes[place].doubt or 0.0))
    left = cost * len(outcomes) - sum(each.fast_cost for each in outcomes)
    chosen: set[int] = set()
    for place in by_doubt:
        left -= outcomes[place].strong_cost
        if left < 0:
            break
        chosen.add(place)
    return [_Answered(each, escalates=place in chosen) for place, each in enumerate(outcomes)]


def _compared(
    name: str, answered: list[_Answered], alone: tuple[list[_Answered], list[_Answered]], random: Random
) -> Compared:
    """`alone`: the fast model's answers, and the strong one's."""
    fast, strong = alone
    count = len(answered)
    right = sum(each.right for each in answered)
    share = wilson(right, count)
    assert share is not None, "a workload has questions"
    cost = _mean([each.cost for each in answered])
    low, high = _bootstrap([each.cost for each in answered], random)
    return Compared(
        strategy=name,
        questions=count,
        right=share,
        escalated=_mean([float(each.escalated) for each in answered]),
        cost=cost,
        cost_low=low,
        cost_high=high,
        cost_per_right=cost * count / right if right else None,
        coin=_coin(cost, fast, strong),
        of_strong=share.share / max(1e-9, _mean([float(each.right) for each in strong])),
    )


def _coin(cost: float, fast: list[_Answered], strong: list[_Answered]) -> float:
    """Right answers of whoever asks the strong model for as many questions, drawn at random, as make the same cost."""
    cheap, dear = _mean([each.cost for each in fast]), _mean([each.cost for each in strong])
    poor, good = _mean([float(each.right) for each in fast]), _mean([float(each.right) for each in strong])
    part = 0.0 if dear <= cheap else min(1.0, max(0.0, (cost - cheap) / (dear - cheap)))
    return poor + part * (good - poor)


def _bootstrap(values: list[float], random: Random) -> tuple[float, float]:
    """The middle 95 % of means of resampled questions."""
    means = sorted(_mean(random.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
