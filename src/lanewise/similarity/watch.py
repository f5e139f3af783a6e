"""Audited hits: a share is asked again, and when too many were wrong, giving answers again ends by itself.

Looking after every audit would break a bound that holds for one look. What is watched is the wealth that a bet against the bound would
have won: its mean never grows while the share of wrong hits is at most alpha, so it reaches 1/delta with a chance of at most delta, however
often one looks (Ville, 1939; Waudby-Smith and Ramdas, 2020). It bets on every share above alpha alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

from lanewise.similarity.certified import lower_bound, upper_bound

_STAKES = 20  # shares above alpha that are bet on
_ENOUGH = 600.0  # of a logarithm: more than any confidence asks for


@dataclass(slots=True)
class Watch:
    """Of one tenant's hits. What was won does not depend on the order of the audits, so that two numbers are all there is to keep."""

    alpha: float
    delta: float
    audited: int = 0
    wrong: int = 0

    def note(self, *, right: bool) -> None:
        """One hit was asked again, and its answer was right or wrong."""
        self.audited += 1
        self.wrong += not right

    @property
    def broken(self) -> bool:
        """Whether the bound is disproved at confidence 1-delta, by what was noted until now: to be asked after each audit."""
        right = self.audited - self.wrong
        wealth = 0.0
        for at in range(_STAKES):
            share = self.alpha + (1.0 - self.alpha) * (at + 0.5) / _STAKES
            won = right * log((1.0 - share) / (1.0 - self.alpha)) + self.wrong * log(share / self.alpha)
            wealth += exp(min(won, _ENOUGH)) / _STAKES
        return wealth >= 1.0 / self.delta

    @property
    def interval(self) -> tuple[float, float, float]:
        """The measured share of wrong hits, and where the true one lies with confidence 1-delta."""
        share = self.wrong / self.audited if self.audited else 0.0
        low = lower_bound(self.wrong, self.audited, self.delta / 2)
        return share, low, upper_bound(self.wrong, self.audited, self.delta / 2)
