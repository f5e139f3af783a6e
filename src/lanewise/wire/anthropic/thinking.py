"""How hard to think, in Anthropic's words, and what has to give way for it."""

from __future__ import annotations

from typing import Any, NamedTuple

from lanewise.core.conversation import Conversation, ToolResult
from lanewise.core.conversation import Thinking as ThinkingPart
from lanewise.core.policy import Effort
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect
from lanewise.wire.thinking import LOST_TO_TOOLS, budget_for, level_for, tools_win, wish_of

#: Levels every Anthropic model with effort knows, for a model whose facts name none.
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high")


class Circumstances(NamedTuple):
    """What in a conversation stands in thinking's way."""

    forced_tool: bool = False  # a tool must be called
    prefilled: bool = False  # the assistant's turn has begun
    unsigned_loop: bool = False  # the results of calls come back that were made without signed thinking


class Thinking(NamedTuple):
    """The body's `thinking` and `output_config.effort`, and what was lost."""

    thinking: dict[str, Any] | None = None
    effort: str | None = None
    dropped: tuple[str, ...] = ()

    @property
    def on(self) -> bool:
        """Whether the model thinks; sampling is not free then."""
        return self.thinking is not None


def thinking_for(call: Call, met: Circumstances, cap_tokens: int) -> Thinking:
    """What to send. A budget is always less than the output cap; what the vendor would answer with a 400 is left out and told."""
    sent = _thinking_for(call, met, cap_tokens)
    lost = (call.effort or call.request.effort) not in {None, "none"} or bool(call.thinking_budget_tokens)
    if lost and tools_win(call) and call.deployment.facts.thinking != "none":
        return sent._replace(dropped=(*sent.dropped, f"thinking: {LOST_TO_TOOLS}"))
    return sent


def _thinking_for(call: Call, met: Circumstances, cap_tokens: int) -> Thinking:
    facts, wish = call.deployment.facts, wish_of(call)
    wanted = wish.budget_tokens if wish.budget_tokens is not None else wish.effort
    if wanted is None and not facts.thinking_always:
        return Thinking()
    asked = wanted not in {None, 0, "none"}
    if facts.thinking == "none":
        return Thinking(dropped=("thinking: the model has none",) if asked else ())
    if facts.thinking == "effort":
        return Thinking(effort=level_for(facts.efforts or EFFORTS, wish))
    if facts.thinking == "adaptive":
        return _adaptive(call, met, asked=asked)
    return _budgeted(call, met, cap_tokens, asked=asked)


def _adaptive(call: Call, met: Circumstances, *, asked: bool) -> Thinking:
    facts = call.deployment.facts
    level = level_for(facts.efforts or EFFORTS, wish_of(call))
    if not asked:  # always on in some models: then the weakest level is as near to none as it goes
        return Thinking(effort=level if facts.thinking_always and level != "none" else None)
    hindrance = _hindrance(met)
    if hindrance:
        return Thinking(effort=level, dropped=(hindrance,))
    # Newer models hide their thinking unless asked; a caller who waits is better served by seeing it.
    return Thinking({"type": "adaptive", "display": "summarized"}, level)


def _budgeted(call: Call, met: Circumstances, cap_tokens: int, *, asked: bool) -> Thinking:
    budget = budget_for(call.deployment.facts, wish_of(call), cap_tokens)
    if not budget:
        lost = ("thinking: the output cap leaves no room for the least budget",) if asked else ()
        return Thinking(dropped=lost)
    hindrance = _hindrance(met)
    if hindrance:
        return Thinking(dropped=(hindrance,))
    if met.unsigned_loop:
        # The vendor wants its own signed thinking back before the calls it made, and the caller's dialect cannot carry it.
        return Thinking(dropped=("thinking: a tool loop begun without signed thinking goes on without",))
    return Thinking({"type": "enabled", "budget_tokens": budget})


def circumstances_of(conversation: Conversation) -> Circumstances:
    """What of it matters to thinking."""
    last = conversation.turns[-1] if conversation.turns else None
    return Circumstances(
        forced_tool=bool(conversation.tools) and conversation.tool_choice.mode in {"any", "tool"},
        prefilled=last is not None and last.role == "assistant",
        unsigned_loop=last is not None
        and any(isinstance(part, ToolResult) for part in last.parts)
        and not _is_signed(conversation),
    )


def is_own(part: ThinkingPart) -> bool:
    """Whether the vendor would know this thinking for its own."""
    return part.origin is Dialect.ANTHROPIC_MESSAGES and bool(part.signature or part.encrypted)


def _is_signed(conversation: Conversation) -> bool:
    """Whether the calls whose results come back were made with thinking that the vendor knows for its own."""
    before = conversation.turns[-2].parts if len(conversation.turns) > 1 else ()
    return any(isinstance(part, ThinkingPart) and is_own(part) for part in before)


def _hindrance(met: Circumstances) -> str:
    """What the vendor answers with a 400 while it is asked to think."""
    if met.forced_tool:
        return "thinking: the vendor does not think where a tool must be called"
    if met.prefilled:
        return "thinking: the vendor does not think where the assistant's turn has begun"
    return ""
