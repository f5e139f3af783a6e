"""What a call needs of earlier thinking, and what the next one will: recalled before it, kept after it."""

from __future__ import annotations

import hashlib

from msgspec import structs

from lanewise.core.answer import Content, Generation, Thought, ToolCall
from lanewise.core.conversation import Translated
from lanewise.core.policy import Deployment
from lanewise.core.protocols.provider import Call
from lanewise.core.protocols.reasoning import Kept, Origin, ReasoningState
from lanewise.core.request import Dialect, Request
from lanewise.wire.anthropic.put_back import bare_calls, with_thinking
from lanewise.wire.reasoning import attached, call_ids_of, disowned, proofs_in, single_proofs

_LEAST_ID_CHARS = 9  # of an id that is random: Mistral's have this many


class ReasoningMemory:
    """Only conversations with earlier answers ask the store: with tools in them, or proofs in the caller's own bytes."""

    def __init__(self, state: ReasoningState) -> None:
        self._state = state

    async def recalled(self, call: Call, translated: Translated | None) -> tuple[Call, Translated | None]:
        """The call, or what it says in the vendor's dialect, with its vendor's own proofs and nobody else's."""
        request = call.request
        if translated is None:
            return await self._put_back(await self._disowned(call)), None
        kept = await self._state.recall(call.tenant, call_ids_of(translated.conversation)) if request.has_tools else {}
        if not kept:
            return call, translated
        conversation = attached(translated.conversation, kept, origin_of(call.deployment))
        return call, translated._replace(conversation=conversation)

    async def _disowned(self, call: Call) -> Call:
        request = call.request
        kept = await self._state.recall(call.tenant, proofs_in(request.body))
        origin = origin_of(call.deployment) if kept else None
        body = disowned(request.body, [each for each in kept.values() if each.origin != origin])
        return (
            call
            if body == request.body
            else structs.replace(call, request=structs.replace(request, body=body, members=None))
        )

    async def _put_back(self, call: Call) -> Call:
        """Thinking that was hidden from a caller who did not ask for it, where the lane has its model think again."""
        request = call.request
        lane_asks = call.effort is not None or call.thinking_budget_tokens is not None
        if request.dialect is not Dialect.ANTHROPIC_MESSAGES or not (lane_asks and request.has_tools):
            return call
        called = bare_calls(request.body)
        kept = await self._state.recall(call.tenant, list(dict.fromkeys(called.values()))) if called else {}
        origin = origin_of(call.deployment)
        own = {name: each.thoughts for name, each in kept.items() if each.origin == origin and each.thoughts}
        thoughts = {place: own[name] for place, name in called.items() if name in own}
        if not thoughts:
            return call
        body = with_thinking(request.body, thoughts)
        return structs.replace(call, request=structs.replace(request, body=body, members=None))

    def keep(self, call: Call, generation: Generation) -> None:
        """Keep an answer's proofs, and the thinking before its tool calls, where its vendor wants any of it back."""
        content = generation.content
        if content is None or generation.failure is not None:
            return
        signatures = tuple(each.signature for each in content.tool_calls)
        thoughts = content.thoughts
        if call.deployment.provider.dialect is Dialect.OPENAI_CHAT:  # it takes no proofs back
            thoughts, signatures = _unsigned(call, content), ()
        if not thoughts and not any(signatures):
            return
        kept = Kept(
            call_ids=tuple(each.id for each in content.tool_calls),
            origin=origin_of(call.deployment),
            thoughts=thoughts,
            signatures=signatures if any(signatures) else (),
        )
        if kept.call_ids:
            self._state.keep(call.tenant, kept.call_ids[0], kept)
        if call.request.dialect is not Dialect.OPENAI_CHAT:  # its callers are shown no proof, so they bring none back
            for name, proof in single_proofs(kept).items():
                self._state.keep(call.tenant, name, proof)


def _unsigned(call: Call, content: Content) -> tuple[Thought, ...]:
    """Thinking before tool calls that its vendor wants back though nobody signed it: a caller of another dialect may not be shown it."""
    deployment = call.deployment
    if deployment.facts.reasoning_field is None or call.request.dialect is deployment.provider.dialect:
        return ()
    if not content.reasoning or not content.tool_calls or not _is_of_one_answer(content.tool_calls[0]):
        return ()
    return (Thought(text=content.reasoning),)


def _is_of_one_answer(call: ToolCall) -> bool:
    """Whether no other conversation has a call of this id: some vendors count them (`call_0`, `functions.search:0`)."""
    return len(call.id) >= _LEAST_ID_CHARS and not (call.name and call.name in call.id)


def may_hold_proofs(request: Request) -> bool:
    """Whether earlier answers may have proofs: chat completions have no room for any, and lost none where no tools were called."""
    return request.has_tools or request.dialect is not Dialect.OPENAI_CHAT


def origin_of(deployment: Deployment) -> Origin:
    """Whose proofs a deployment's answers carry."""
    provider = deployment.provider
    account = hashlib.blake2b(f"{provider.base_url}\0{provider.api_key}".encode(), digest_size=12).hexdigest()
    return Origin(dialect=provider.dialect, provider=provider.name, account=account, model=deployment.model)
