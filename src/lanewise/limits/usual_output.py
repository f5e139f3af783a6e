"""How many tokens a tenant's answers usually have: what a request is counted with until it is over."""

from __future__ import annotations

FIRST_GUESS_TOKENS = 1_000.0
_LEARNED = 0.2  # the weight of the newest
_MOST_TENANTS = 10_000


class UsualOutput:
    """A moving average of each tenant that has a limit on tokens."""

    def __init__(self) -> None:
        self._usual: dict[str, float] = {}

    def estimate(self, tenant: str, input_tokens: int, most_output_tokens: int | None) -> int:
        """The tokens of a request that has not begun: its input, and what is usual, but never more than its caller's cap."""
        usual = int(self._usual.get(tenant, FIRST_GUESS_TOKENS))
        return input_tokens + (usual if most_output_tokens is None else min(usual, most_output_tokens))

    def learn(self, tenant: str, output_tokens: int) -> None:
        """A request is over, and had so many."""
        before = self._usual.pop(tenant, FIRST_GUESS_TOKENS)
        if len(self._usual) >= _MOST_TENANTS:
            del self._usual[next(iter(self._usual))]  # who has learned nothing for longest
        self._usual[tenant] = before + _LEARNED * (max(output_tokens, 0) - before)
