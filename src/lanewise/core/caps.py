"""Caps on spending: whose, of what, in which period, and what happens when one is reached."""

from __future__ import annotations

from typing import Literal, NamedTuple, cast, get_args
from urllib.parse import unquote

import msgspec

Scope = Literal["tenant", "key", "user", "feature", "lane"]
Unit = Literal["dollars", "tokens", "thinking_tokens"]
Period = Literal["daily", "weekly", "monthly", "total"]
AtStop = Literal["refuse", "wait", "lane"]

UNITS: tuple[Unit, ...] = get_args(Unit)
PERIODS: tuple[Period, ...] = get_args(Period)
DEFAULT_ALARMS = (0.8,)
"""The shares of a cap at which a warning is raised where nobody wrote any."""


class Spend(NamedTuple):
    """What a call takes, in the order of `UNITS`; all of them whole numbers."""

    nanousd: int
    tokens: int = 0  # input and output together
    thinking_tokens: int = 0  # of these, the output that is thinking


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of a cap beside its amount."""

    alarm_at: tuple[float, ...] = DEFAULT_ALARMS  # shares of it at which a warning is raised, the smallest first
    roll_over: float = 0.0  # at most this share of it goes on to the next period where it was not spent
    at_stop: AtStop = "refuse"
    lane: str = ""  # that answers from then on, where `at_stop` says so


DEFAULT_TERMS = Terms()


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """What may be spent in one period, at most. The amount is in nano-dollars, or in tokens."""

    scope: Scope
    period: Period
    amount: int
    unit: Unit = "dollars"
    of: str | None = None  # the one key, user or feature it holds for; None: for each one by itself
    terms: Terms = DEFAULT_TERMS

    @property
    def limit(self) -> str:
        """What a refusal names it by: `tenant.daily`, `user.monthly.tokens`."""
        name = f"{self.scope}.{self.period}"
        return name if self.unit == "dollars" else f"{name}.{self.unit}"


class Tally(NamedTuple):
    """What spending is counted for: one tenant, lane, key, user or feature, in one unit and kind of period."""

    scope: Scope
    tenant: str  # empty for a lane, which is everybody's
    subject: str  # the lane, key, user or feature; empty for the tenant itself, and for requests that name nobody
    unit: Unit
    period: Period

    @property
    def text(self) -> str:
        """It as one word of a table. Unambiguous: names are escaped, and so is the character that PostgreSQL has not."""
        return "/".join(part.replace("%", "%25").replace("/", "%2F").replace("\0", "%00") for part in self)

    @classmethod
    def of_text(cls, text: str) -> Tally:
        """The tally that a word of a table stands for."""
        scope, tenant, subject, unit, period = (unquote(part) for part in text.split("/"))
        return cls(cast("Scope", scope), tenant, subject, cast("Unit", unit), cast("Period", period))
