"""What one request may set in motion: calls, tokens and dollars, shared by every step that makes a billable call."""

from __future__ import annotations

from lanewise.core.policy import Amplification, Lane


class Allowance:
    """One request's own budget. Retries, fallbacks and all later steps draw from the same one."""

    __slots__ = ("_calls", "_cost_nanousd", "_output_tokens", "retries")

    def __init__(self, limits: Amplification, lane: Lane) -> None:
        self._calls = limits.max_calls
        self._output_tokens = limits.max_output_tokens
        self._cost_nanousd = min(limits.max_cost_nanousd, lane.max_cost_nanousd or limits.max_cost_nanousd)
        self.retries = limits.max_retries

    def refuses(self, *, worst_nanousd: int, output_tokens: int) -> str | None:
        """Take one call of this worst case; None where it is granted, else which limit stands against it."""
        if self._calls < 1:
            return "limits.max_calls"
        if worst_nanousd > self._cost_nanousd:
            return "max_cost"
        if output_tokens > self._output_tokens:
            return "limits.max_output_tokens"
        self._calls -= 1
        self._cost_nanousd -= worst_nanousd
        self._output_tokens -= output_tokens
        return None

    def give_back(self, *, nanousd: int, output_tokens: int) -> None:
        """Return what a call was granted and did not use."""
        self._cost_nanousd += nanousd
        self._output_tokens += output_tokens
