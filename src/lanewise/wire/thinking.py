"""How hard a model is asked to think, between the ways vendors have to say it: a level, a number of tokens, or neither."""

from __future__ import annotations

from typing import NamedTuple, get_args

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import Effort, ModelFacts
from lanewise.core.protocols.provider import Call

#: Every level, weakest first.
LEVELS: tuple[Effort, ...] = get_args(Effort)

#: Thinking tokens that a level means where a vendor wants a number. These are ceilings, not aims: a model that is done stops earlier, so
#: each is the upper end of its preset (low 2-4k, medium 8-16k, high 16-32k). `minimal` is the least that a budget may be at Anthropic;
#: `xhigh` and `max` go on from `high`, up to what the model's facts allow.
BUDGET_TOKENS: dict[Effort, int] = {
    "none": 0,
    "minimal": 1_024,
    "low": 4_096,
    "medium": 16_384,
    "high": 32_768,
    "xhigh": 49_152,
    "max": 64_000,
}

LOST_TO_TOOLS = "the model takes tools only without thinking"
LEAST_BUDGET_TOKENS = 1_024
_LEAST_ROOM = 1_024  # tokens kept for the answer itself, or a quarter of the cap where that is less


class Wish(NamedTuple):
    """What caller and lane want: a level, a number of tokens, both or neither."""

    effort: str | None
    budget_tokens: int | None


def tools_win(call: Call) -> bool:
    """Whether thinking gives way to the request's tools, because the model refuses both at once."""
    return call.request.has_tools and not call.deployment.facts.tools_with_thinking


def wish_of(call: Call) -> Wish:
    """The lane's word, else the caller's; no thinking where tools win over it."""
    if tools_win(call):
        return Wish("none", None)
    if call.effort is None and call.thinking_budget_tokens is None:
        return Wish(call.request.effort, call.request.thinking_budget_tokens)
    return Wish(call.effort or call.request.effort, call.thinking_budget_tokens)


def level_of_budget(tokens: int) -> Effort:
    """The weakest level that allows this many thinking tokens."""
    return next((level for level in LEVELS if BUDGET_TOKENS[level] >= tokens), "max")


def level_for(efforts: tuple[Effort, ...], wish: Wish) -> str | None:
    """The level to send, of those the model knows: the wished one, else the nearest it knows; of two as near, the weaker.

    Thinking is switched off only for who asked for that. Raises InvalidRequest for a level nobody knows.
    """
    if wish.effort is None and wish.budget_tokens is None:
        return None
    wanted = wish.effort or level_of_budget(wish.budget_tokens or 0)
    if wanted in efforts or not efforts:
        return wanted
    if wanted not in LEVELS:
        raise InvalidRequest(
            f"`reasoning_effort`: {wanted!r} is not a level; write one of {', '.join(efforts)}",
            param="reasoning_effort",
        )
    place = LEVELS.index(wanted)
    known = [level for level in efforts if level != "none" or wanted == "none"]
    return min(known or efforts, key=lambda level: (abs(LEVELS.index(level) - place), LEVELS.index(level)))


def budget_for(facts: ModelFacts, wish: Wish, cap_tokens: int) -> int:
    """Thinking tokens to send, always less than the output cap they are a part of; 0 switches thinking off.

    A number beats a level. 0 too where the cap leaves no room for the least budget beside an answer.
    """
    wanted = wish.budget_tokens
    if wanted is None:
        if wish.effort is not None and wish.effort not in LEVELS:
            raise InvalidRequest(
                f"`reasoning_effort`: {wish.effort!r} is not a level; write one of {', '.join(LEVELS)}",
                param="reasoning_effort",
            )
        wanted = 0 if wish.effort is None else BUDGET_TOKENS[wish.effort]
    least, most = facts.thinking_budget_tokens or (LEAST_BUDGET_TOKENS, BUDGET_TOKENS["max"])
    if wanted <= 0:
        return least if facts.thinking_always and _room(cap_tokens) >= least else 0
    budget = min(max(wanted, least), most, _room(cap_tokens))
    return budget if budget >= least else 0


def _room(cap_tokens: int) -> int:
    return cap_tokens - max(1, min(_LEAST_ROOM, cap_tokens // 4))
