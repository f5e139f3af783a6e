"""What a call needs of earlier thinking, and what the next one will: recalled before it, kept after it."""

from __future__ import annotations

import hashlib

from msgspec import structs

from lanewise.core.answer import Generation
from lanewise.core.conversation import Translated
from lanewise.core.policy import Deployment
from lanewise.core.protocols.provider import Call
from lanewise.core.protocols.reasoning import Kept, Origin, ReasoningState
from lanewise.core.request import Dialect, Request
from lanewise.wire.reasoning import attached, call_ids_of, disowned, proofs_in, single_proofs


class ReasoningMemory:
    """Only conversations with earlier answers ask the store: with tools in them, or proofs in the caller's own bytes."""

    def __init__(self, state: ReasoningState) -> None:
        self._state = state

    async def recalled(self, call: Call, translated: Translated | None) -> tuple[Call, Translated | None]:
        """The call, or what it says in the vendor's dialect, with its vendor's own proofs and nobody else's."""
        request = call.request
        if translated is None:
            return await self._disowned(call), None
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

    def keep(self, call: Call, generation: Generation) -> None:
        """Keep an answer's proofs, where it has any."""
        content = generation.content
        if content is None or generation.failure is not None:
            return
        signatures = tuple(each.signature for each in content.tool_calls)
        if not content.thoughts and not any(signatures):
            return
        kept = Kept(
            call_ids=tuple(each.id for each in content.tool_calls),
            origin=origin_of(call.deployment),
            thoughts=content.thoughts,
            signatures=signatures if any(signatures) else (),
        )
        if kept.call_ids:
            self._state.keep(call.tenant, kept.call_ids[0], kept)
        for name, proof in single_proofs(kept).items():
            self._state.keep(call.tenant, name, proof)


def may_hold_proofs(request: Request) -> bool:
    """Whether earlier answers may have proofs: chat completions have no room for any, and lost none where no tools were called."""
    return request.has_tools or request.dialect is not Dialect.OPENAI_CHAT


def origin_of(deployment: Deployment) -> Origin:
    """Whose proofs a deployment's answers carry."""
    provider = deployment.provider
    account = hashlib.blake2b(f"{provider.base_url}\0{provider.api_key}".encode(), digest_size=12).hexdigest()
    return Origin(dialect=provider.dialect, provider=provider.name, account=account, model=deployment.model)
