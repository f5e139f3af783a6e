"""How far a judge agrees with people, over answers that both have judged: what its `evidence` is worth.

Method: agreement with its Wilson interval; Cohen's kappa (1960), which takes off what chance alone agrees on.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import msgspec

_Z = 1.959964  # of 95 %


class Rate(msgspec.Struct, frozen=True):
    """A share with its 95 % interval. Without cases it is unknown: from 0 to 1."""

    hits: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end (Wilson, 1927)."""
        if self.of == 0:
            return 0.0, 1.0
        rate, square = self.hits / self.of, _Z * _Z / self.of
        half = _Z * sqrt(rate * (1 - rate) / self.of + square / (4 * self.of))
        return max(0.0, (rate + square / 2 - half) / (1 + square)), min(1.0, (rate + square / 2 + half) / (1 + square))


class Concordance(msgspec.Struct, frozen=True, kw_only=True):
    """A judge beside people. `abstained` are answers that people judged and it did not."""

    agreement: Rate
    false_accepts: Rate  # of those that people rejected
    false_rejects: Rate  # of those that people accepted
    abstained: int
    kappa: float | None  # None where one side always says the same
    kappa_interval: tuple[float, float] | None = None  # 95 %, by its large-sample error (Cohen, 1960)


def concordance(judged: Iterable[tuple[bool | None, bool]]) -> Concordance:
    """From pairs of what the judge said (None: nothing) and what people said."""
    pairs = list(judged)
    given = [(said, right) for said, right in pairs if said is not None]
    same = sum(said == right for said, right in given)
    kappa = _kappa(given, same)
    return Concordance(
        agreement=Rate(same, len(given)),
        false_accepts=Rate(sum(said and not right for said, right in given), sum(not right for _, right in given)),
        false_rejects=Rate(sum(right and not said for said, right in given), sum(right for _, right in given)),
        abstained=len(pairs) - len(given),
        kappa=kappa,
        kappa_interval=None if kappa is None else _around(kappa, given, same),
    )


def _kappa(given: list[tuple[bool, bool]], same: int) -> float | None:
    if not given or (by_chance := _by_chance(given)) == 1:
        return None
    return (same / len(given) - by_chance) / (1 - by_chance)


def _around(kappa: float, given: list[tuple[bool, bool]], same: int) -> tuple[float, float]:
    share = same / len(given)
    half = _Z * sqrt(share * (1 - share) / len(given)) / (1 - _by_chance(given))
    return max(-1.0, kappa - half), min(1.0, kappa + half)


def _by_chance(given: list[tuple[bool, bool]]) -> float:
    """What two that know nothing of one another would agree on, each saying as often what it says."""
    said, right = sum(each for each, _ in given) / len(given), sum(each for _, each in given) / len(given)
    return said * right + (1 - said) * (1 - right)
