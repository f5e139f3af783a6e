"""What one request may set in motion: calls, tokens and dollars, shared by every step that makes a billable call."""

from __future__ import annotations

from lanewise.core.money import format_usd
from lanewise.core.policy import Amplification


class Allowance:
    """One request's own budget. Retries, fallbacks, hedges and all later steps draw from the same one."""

    __slots__ = ("_cost_nanousd", "_lane_nanousd", "_limits", "_output_tokens", "calls", "retries")

    def __init__(self, limits: Amplification) -> None:
        self._limits = limits
        self.calls = limits.max_calls
        self._output_tokens = limits.max_output_tokens
        self._cost_nanousd = limits.max_cost_nanousd
        self._lane_nanousd = limits.max_cost_nanousd  # of what is left, as much as the lane that is asked may use
        self.retries = limits.max_retries

    def enter(self, max_cost_nanousd: int | None) -> None:
        """Hold the request to the limit of the lane that is asked from now on, beside its own."""
        self._lane_nanousd = self._limits.max_cost_nanousd if max_cost_nanousd is None else max_cost_nanousd

    def renew_calls(self) -> None:
        """Grant as many calls and retries as at the begin: who has waited for a vendor may ask like one who comes then."""
        self.calls = self._limits.max_calls
        self.retries = self._limits.max_retries

    def refuses(self, *, worst_nanousd: int, output_tokens: int) -> str | None:
        """Take one call of this worst case; None where it is granted, else which limit stands against it."""
        if self.calls < 1:
            return "limits.max_calls"
        if worst_nanousd > self._cost_nanousd or worst_nanousd > self._lane_nanousd:
            return "max_cost"
        if output_tokens > self._output_tokens:
            return "limits.max_output_tokens"
        self.calls -= 1
        self._cost_nanousd -= worst_nanousd
        self._lane_nanousd -= worst_nanousd
        self._output_tokens -= output_tokens
        return None

    def missing(self, limit: str, *, worst_nanousd: int, output_tokens: int) -> str:
        """In words why `refuses` named this limit for a call, and how one is made that it does not stand against."""
        if limit == "max_cost":
            left, of_lane = self._cost_nanousd, self._lane_nanousd < self._cost_nanousd
            if of_lane:
                left = self._lane_nanousd
            return (
                f"it may cost up to {format_usd(worst_nanousd)} with an output of up to {output_tokens:,} tokens, and of what one "
                f"request may cost {format_usd(max(0, left))} is left: ask for fewer output tokens, or have the operator raise "
                + ("the lane's `max_cost`" if of_lane else "`limits.max_cost`")
            )
        if limit == "limits.max_output_tokens":
            return (
                f"its output may have up to {output_tokens:,} tokens, and of those of one request {max(0, self._output_tokens):,} are "
                f"left: ask for fewer, or have the operator raise `{limit}`"
            )
        return f"the request has made all {self._limits.max_calls} calls that it may make; the operator can raise `{limit}`"

    def holds(self, *, worst_nanousd: int, output_tokens: int) -> bool:
        """Whether a call of this worst case would still be granted the money and the tokens; nothing is taken."""
        return worst_nanousd <= min(self._cost_nanousd, self._lane_nanousd) and output_tokens <= self._output_tokens

    def give_back(self, *, nanousd: int, output_tokens: int) -> None:
        """Return what a call was granted and did not use."""
        self._cost_nanousd += nanousd
        self._lane_nanousd += nanousd
        self._output_tokens += output_tokens
