"""What a call needs of earlier thinking, and what the next one will: recalled before it, kept after it."""

from __future__ import annotations

import hashlib

from msgspec import structs

from lanewise.core.answer import Generation
from lanewise.core.conversation import Translated
from lanewise.core.policy import Deployment
from lanewise.core.protocols.provider import Call
from lanewise.core.protocols.reasoning import Kept, Origin, ReasoningState
from lanewise.wire.reasoning import attached, call_ids_in, call_ids_of, disowned


class ReasoningMemory:
    """Only calls with tools are looked at, and only those with earlier answers ask the store."""

    def __init__(self, state: ReasoningState) -> None:
        self._state = state

    async def recalled(self, call: Call, translated: Translated | None) -> tuple[Call, Translated | None]:
        """The call, or what it says in the vendor's dialect, with its vendor's own proofs and nobody else's."""
        request = call.request
        if not (request.has_tools and request.continues):
            return call, translated
        ids = call_ids_in(request.body) if translated is None else call_ids_of(translated.conversation)
        kept = await self._state.recall(call.tenant, ids)
        if not kept:
            return call, translated
        origin = origin_of(call.deployment)
        if translated is not None:
            return call, translated._replace(conversation=attached(translated.conversation, kept, origin))
        foreign = [each for each in kept.values() if each.origin.dialect is origin.dialect and each.origin != origin]
        body = disowned(request.body, foreign)
        if body == request.body:
            return call, None
        return structs.replace(call, request=structs.replace(request, body=body, members=None)), None

    def keep(self, call: Call, generation: Generation) -> None:
        """Keep the proofs of an answer that called tools, where it has any."""
        content = generation.content
        if content is None or not content.tool_calls or generation.failure is not None:
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
        self._state.keep(call.tenant, kept)


def origin_of(deployment: Deployment) -> Origin:
    """Whose proofs a deployment's answers carry."""
    provider = deployment.provider
    account = hashlib.blake2b(f"{provider.base_url}\0{provider.api_key}".encode(), digest_size=12).hexdigest()
    return Origin(dialect=provider.dialect, provider=provider.name, account=account, model=deployment.model)
