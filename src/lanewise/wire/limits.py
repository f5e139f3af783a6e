"""What holds for a call in whatever dialect it is said."""

from __future__ import annotations

from lanewise.core.conversation import Document, Tool, ToolChoice
from lanewise.core.errors import InvalidRequest
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect

_CAP_NAMES = {
    Dialect.OPENAI_CHAT: "max_tokens",
    Dialect.OPENAI_RESPONSES: "max_output_tokens",
    Dialect.ANTHROPIC_MESSAGES: "max_tokens",
    Dialect.GEMINI: "maxOutputTokens",
}
NOT_FORCED = "the model cannot be made to call a tool, so `auto` was sent"


def refuse_what_is_essential(call: Call) -> None:
    """Raise InvalidRequest where the model cannot take tools or images: without them it would be another question."""
    facts, request, name = call.deployment.facts, call.request, call.deployment.name
    if request.has_images and not facts.images:
        raise InvalidRequest(f"{name} takes no images; ask a model that does", param="messages")
    if request.has_tools and not facts.tools:
        raise InvalidRequest(f"{name} takes no tools; ask a model that does", param="tools")


def own_cap(name: str, tokens: int | None) -> tuple[int | None, tuple[str, ...]]:
    """A caller's own output cap in tokens, and what is to be told of it.

    One below 1 is none: some vendors refuse it and others take it for no bound at all, which a budget could not hold. The lane's is sent.
    """
    if tokens is None or tokens >= 1:
        return tokens, ()
    return None, (f"{name}: {tokens} bounds nothing that every vendor agrees on, so the lane's cap was sent",)


def is_clip(document: Document) -> bool:
    """Whether it is sound or film, and nothing to read."""
    return document.media_type.startswith(("audio/", "video/"))


def refuse_clip(document: Document) -> None:
    """Raise InvalidRequest for sound and film: this vendor's dialect has no place for them."""
    if is_clip(document):
        raise InvalidRequest(
            f"A file of type {document.media_type!r} cannot be said to this vendor; ask a model that takes sound or film, as Gemini's do, "
            "or send its words",
            param="messages",
        )


def output_cap(call: Call) -> int:
    """The output cap to send, in tokens: the caller's own where it is smaller than what was reserved, and never more than the model can."""
    cap, own, most = call.max_output_tokens, call.request.max_output_tokens, call.deployment.facts.max_output_tokens
    if own is not None and own < cap:
        cap = own
    if 0 < cap < call.deployment.facts.min_output_tokens:
        return call.deployment.facts.min_output_tokens
    return cap if most is None or cap <= most else most


def raised_cap(call: Call) -> tuple[str, ...]:
    """What is to be told of a caller's output cap that is less than the vendor takes."""
    own, least = call.request.max_output_tokens, call.deployment.facts.min_output_tokens
    if not own or own >= least:
        return ()
    name = _CAP_NAMES[call.request.dialect]
    return (f"{name}: {own} is less than the vendor takes, so {least} was sent; the answer may be that much longer",)


def allowed_tools(tools: tuple[Tool, ...], choice: ToolChoice, dropped: list[str]) -> tuple[Tool, ...]:
    """The tools that may be called: where only some of them may, the others are not even told of."""
    if not choice.allowed or choice.mode not in {"auto", "any"}:
        return tools
    allowed = tuple(tool for tool in tools if tool.name in choice.allowed)
    if len(allowed) < len(tools):
        dropped.append("tools: those that must not be called were left out")
    return allowed
