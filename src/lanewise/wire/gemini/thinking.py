"""How hard to think, in Gemini's words: `thinkingConfig` with a budget for its older models, with a level for its newer ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from lanewise.core.policy import Effort, ModelFacts
from lanewise.core.protocols.provider import Call
from lanewise.wire.gemini.spelling import Edited
from lanewise.wire.thinking import LOST_TO_TOOLS, budget_for, level_for, tools_win, wish_of

#: Levels every Gemini model with levels knows, for a model whose facts name none.
EFFORTS: tuple[Effort, ...] = ("low", "high")

_NONE = "the model has no thinking to steer"
_NO_ROOM = "the output cap leaves no room for the least budget"
_UNSHOWN = frozenset({"none", "minimal"})


class Config(NamedTuple):
    """Members of `thinkingConfig`, and what was lost. Empty: nothing is said about it."""

    members: dict[str, Any]
    dropped: tuple[str, ...] = ()


def config_for(call: Call, cap_tokens: int) -> Config:
    """What to send; thinking that is asked for is asked to be shown, since a caller who waits is better served by seeing it."""
    sent = _config_for(call, cap_tokens)
    lost = (call.effort or call.request.effort) not in {None, "none"} or bool(call.thinking_budget_tokens)
    if lost and tools_win(call) and call.deployment.facts.thinking != "none":
        return sent._replace(dropped=(*sent.dropped, f"thinking: {LOST_TO_TOOLS}"))
    return sent


def _config_for(call: Call, cap_tokens: int) -> Config:
    facts, wish = call.deployment.facts, wish_of(call)
    wanted = wish.budget_tokens if wish.budget_tokens is not None else wish.effort
    if wanted is None:
        return Config({})
    asked = wanted not in {0, "none"}
    if facts.thinking == "none":
        return Config({}, (f"thinking: {_NONE}",) if asked else ())
    if facts.thinking == "budget":
        budget = budget_for(facts, wish, cap_tokens)
        shown = {"includeThoughts": True} if budget else {}
        return Config({"thinkingBudget": budget} | shown, (f"thinking: {_NO_ROOM}",) if asked and not budget else ())
    level = level_for(facts.efforts or EFFORTS, wish)
    return Config({"thinkingLevel": level} | ({} if level in _UNSHOWN else {"includeThoughts": True}))


def edit_thinking(config: Edited, call: Call, cap_tokens: int) -> list[str]:
    """Edit the caller's own `generationConfig` where the lane has a say, or the model could not take what it says."""
    facts = call.deployment.facts
    text = config.value("thinkingConfig")
    own = Edited(text or b"{}", "generationConfig.thinkingConfig")
    if facts.thinking == "none":
        config.remove("thinkingConfig")
        asked = text is not None and (
            call.request.effort not in {None, "none"} or bool(call.request.thinking_budget_tokens)
        )
        return [f"thinkingConfig: {_NONE}"] if asked else []
    lane_speaks = call.effort is not None or call.thinking_budget_tokens is not None or tools_win(call)
    if not lane_speaks and (text is None or _takes(facts, own)):
        return []
    said = config_for(call, cap_tokens)
    for name in ("thinkingBudget", "thinkingLevel"):
        if name in said.members:
            own.set(name, msgspec.json.encode(said.members[name]))
        elif said.members:
            own.remove(name)
    if said.members or text is not None:
        config.set("thinkingConfig", own.spliced())
    return list(said.dropped)


def _takes(facts: ModelFacts, own: Edited) -> bool:
    """Whether a model takes the caller's own words as they are. A budget is understood by models with levels too."""
    level, budget = own.value("thinkingLevel"), own.value("thinkingBudget")
    if facts.thinking != "budget":
        word = level.strip(b'"').decode().lower() if level is not None else None
        return word is None or not facts.efforts or word in facts.efforts
    if level is not None:
        return False
    if budget is None or budget == b"-1" or facts.thinking_budget_tokens is None:
        return True
    least, most = facts.thinking_budget_tokens
    tokens = int(budget)
    return least <= tokens <= most or (tokens == 0 and not facts.thinking_always)
