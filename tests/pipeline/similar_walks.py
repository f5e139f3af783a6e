"""A gateway that gives answers to similar questions: everything but its vendors is real."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Generation, Meter
from lanewise.core.caching import Caching
from lanewise.core.events import Routed
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.request import Caller, Request
from lanewise.core.similar import Semantic
from lanewise.core.usage import Usage
from lanewise.pipeline.gateway import Answer, Gateway
from lanewise.verifiers.same_answer import SameAnswer
from lanewise.wire.openai_chat import OpenAIChat
from operations.similar_made import SEMANTIC, Held, held_in
from pipeline.runs import ONE, a_walk
from walking import CALLER, Script, Walk

QUESTIONS = OpenAIChat()


def says(text: str) -> Script:
    """A vendor that answers in words that can be read."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        meter.output_chars = len(text)
        return Generation(
            dialect=call.deployment.provider.dialect,
            body=text.encode(),
            content=Content(text=text),
            finish=Finish.STOP,
            usage=Usage(input_tokens=10, output_tokens=5),
            served_model=call.deployment.model,
        )

    return script


def question(text: str, *, system: str = "", **body: Any) -> Request:
    """A chat completion, as a caller sends it."""
    said = [{"role": "system", "content": system}] if system else []
    return QUESTIONS.read_request(msgspec.json.encode({"messages": [*said, {"role": "user", "content": text}], **body}))


class SimilarWalk:
    """The gateway, and what its callers are told."""

    def __init__(self, walk: Walk, held: Held) -> None:
        self.walk = walk
        self.held = held

    async def ask(self, asked: Request | str, caller: Caller = CALLER) -> Answer:
        request = question(asked) if isinstance(asked, str) else asked
        return await self.walk.gateway.answer(request, caller, self.walk.emit)

    async def word(self, asked: Request | str, caller: Caller = CALLER) -> str:
        """What the cache had to do with it."""
        await self.ask(asked, caller)
        return [event.cache for event in self.walk.events if isinstance(event, Routed)][-1]


@asynccontextmanager
async def similar_walk(
    folder: Path,
    semantic: Semantic = SEMANTIC,
    scripts: dict[str, list[Script]] | None = None,
    *,
    shared: bool = False,
    daily_cap_nanousd: int = 50_000_000_000,
    of: Any = ONE,
    **settings: Any,
) -> AsyncIterator[SimilarWalk]:
    caching = Caching(exact=True, semantic=semantic, shared_between_users=shared)
    everybody = TenantPolicy(name="*", daily_cap_nanousd=daily_cap_nanousd, caching=caching)
    said = {each.name: [says("Eight.")] for each in of.deployments} | (scripts or {})
    async with held_in(folder) as held:
        walk = a_walk(of, said, default_tenant=everybody, **settings)
        parts = dataclasses.replace(walk.gateway.parts, similar=held.similar, comparing=SameAnswer())
        walk.gateway = Gateway(walk.gateway.policy, parts)
        held.policy = walk.gateway.policy
        try:
            yield SimilarWalk(walk, held)
        finally:
            await walk.gateway.auditing.close()
