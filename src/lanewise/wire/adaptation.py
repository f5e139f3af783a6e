"""What a conversation needs to be said well to a vendor of another dialect, beyond what its dialect needs: by the policy's `adaptations`.

Words, roles and levels that a dialect spells otherwise are its own package's affair; what a model cannot take are its facts.
"""

from __future__ import annotations

import dataclasses

from lanewise.core.conversation import Conversation, Part, Text, Tool, ToolResult, ToolUse, Translated, Turn
from lanewise.core.policy import Deployment

# Some 4,096 tokens: shorter prefixes are cached by no model of the vendors that want markers.
LEAST_PREFIX_CHARS = 16_384
_MARKER = b'{"type":"ephemeral"}'


def adapted(translated: Translated, deployment: Deployment) -> Translated:
    """The conversation as it is put to this deployment, and what of it was changed."""
    adaptation, conversation, dropped = deployment.adaptation, translated.conversation, translated.dropped
    if adaptation.note:
        conversation = dataclasses.replace(conversation, system=(*conversation.system, Text(text=adaptation.note)))
    if adaptation.system == "user" and conversation.system:
        conversation = _without_system_role(conversation)
        dropped = [*dropped, "system: said as the user's, the model knows no system role"]
    if adaptation.cache_markers == "auto" and deployment.facts.cache_markers:
        conversation = marked(conversation)
    same = conversation is translated.conversation
    return translated if same else Translated(conversation, dropped)


def marked(conversation: Conversation) -> Conversation:
    """Markers after what stays the same from call to call: tools and system prompt, and all turns of a conversation that goes on.

    Only where the prefix is long enough to be cached, and the caller set no markers itself.
    """
    if _has_markers(conversation):
        return conversation
    constant = sum(len(tool.schema) + len(tool.description or "") for tool in conversation.tools)
    constant += sum(len(text.text) for text in conversation.system)
    if constant >= LEAST_PREFIX_CHARS:
        conversation = _marked_constant(conversation)
    going_on = len(conversation.turns) > 2
    if going_on and constant + sum(_chars(turn) for turn in conversation.turns) >= LEAST_PREFIX_CHARS:
        last = conversation.turns[-1]
        conversation = dataclasses.replace(conversation, turns=(*conversation.turns[:-1], _marked_turn(last)))
    return conversation


def _without_system_role(conversation: Conversation) -> Conversation:
    turns, system = conversation.turns, conversation.system
    if turns and turns[0].role == "user":
        turns = (Turn(role="user", parts=(*system, *turns[0].parts)), *turns[1:])
    else:
        turns = (Turn(role="user", parts=system), *turns)
    return dataclasses.replace(conversation, system=(), turns=turns)


def _has_markers(conversation: Conversation) -> bool:
    parts: list[Part | Tool] = [*conversation.system, *conversation.tools]
    parts += [part for turn in conversation.turns for part in turn.parts]
    return any(part.cache_marker is not None for part in parts)


def _marked_constant(conversation: Conversation) -> Conversation:
    """The vendor reads tools before the system prompt, so a marker on the last of these covers both."""
    if conversation.system:
        *texts, last = conversation.system
        return dataclasses.replace(conversation, system=(*texts, dataclasses.replace(last, cache_marker=_MARKER)))
    *tools, tool = conversation.tools
    return dataclasses.replace(conversation, tools=(*tools, dataclasses.replace(tool, cache_marker=_MARKER)))


def _marked_turn(turn: Turn) -> Turn:
    if not turn.parts:
        return turn
    *parts, last = turn.parts
    return Turn(role=turn.role, parts=(*parts, dataclasses.replace(last, cache_marker=_MARKER)))


def _chars(turn: Turn) -> int:
    chars = 0
    for part in turn.parts:
        if isinstance(part, Text):
            chars += len(part.text)
        elif isinstance(part, ToolUse):
            chars += len(part.arguments)
        elif isinstance(part, ToolResult):
            chars += sum(len(each.text) for each in part.parts if isinstance(each, Text))
    return chars
