"""Similar questions: may the answer to another question be given to this one?

Asked after the same question was not found, for tenants whose policy says so and where a threshold is certified and in force. It counts
only for what the proof covers: one question in words, alone in its conversation, no longer than those that the threshold was learned
from. Never where an answer is checked, since a check judges an answer to its own question, nor where much is at risk.

Everything of the request but the question's words must be equal, byte for byte; numbers, names and negations in the words as well.
"""

from __future__ import annotations

import msgspec
from msgspec import structs

from lanewise.core.cached_answer import CachedAnswer
from lanewise.core.conversation import Conversation, Text
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect, Request
from lanewise.core.similar import HASHED_NGRAMS, MINILM, Alike, Asked, Semantic
from lanewise.pipeline.cache_name import asked as body_asked
from lanewise.pipeline.run import Run
from lanewise.pipeline.vector_aside import vector_aside

_SAID = {
    Dialect.OPENAI_CHAT: "messages",
    Dialect.OPENAI_RESPONSES: "input",
    Dialect.ANTHROPIC_MESSAGES: "messages",
    Dialect.GEMINI: "contents",
}
_WORDS = {"": None}  # stands where the question stood: no request has such a part


class Similar:
    """A question that an answer was looked for, and may be kept for."""

    __slots__ = ("alike", "answer", "asked", "semantic", "tried")

    def __init__(self, semantic: Semantic, asked: Asked) -> None:
        self.semantic = semantic
        self.asked = asked
        self.alike: Alike | None = None  # with the answer, where one was found
        self.answer: CachedAnswer | None = None
        self.tried: tuple[Alike, CachedAnswer] | None = None  # one that is not given, since too many such were wrong


async def recall_similar(run: Run, semantic: Semantic, partition: bytes) -> Similar | None:
    """The question, with the answer that does for it, if there is one; None for a request that this is nothing for."""
    similar, tenant = run.parts.similar, run.caller.tenant
    longest = similar.longest(tenant, semantic)
    text = _question(run, longest) if longest else None
    if text is None:
        return None
    rest = rest_of(run.request, text, shared=run.tenant.caching.shared_between_users)
    if rest is None:
        return None
    asked = await _asked(run, semantic, text, run.parts.cache.name(partition + semantic.embedding.encode(), rest))
    if asked is None:
        return None
    found = Similar(semantic, asked)
    if run.request.hints.cache in ("exact", "refresh"):
        return found
    alike = await similar.find(tenant, semantic, asked)
    answer = None if alike is None else await run.parts.cache.find(alike.name)
    if alike is not None and answer is None:
        similar.drop(alike.name)  # withdrawn, or over
    elif alike is not None and answer is not None and answer.tenant == tenant:
        if alike.trial:
            found.tried = alike, answer
        else:
            found.alike, found.answer = alike, answer
    return found


async def _asked(run: Run, semantic: Semantic, text: str, place: bytes) -> Asked | None:
    """The question as it is compared; None where its vector cannot be had: then it is asked."""
    if semantic.embedding == HASHED_NGRAMS:
        return Asked(place=place, text=text)
    if semantic.embedding == MINILM:
        vector = await run.parts.vectors.vector(text)
    else:
        deployment = run.policy.deployments.get(semantic.embedding)
        vector = None if deployment is None else await vector_aside(run, deployment, text)
    return None if vector is None else Asked(place=place, text=text, vector=vector)


def keep_question(run: Run, found: Similar, answer: CachedAnswer) -> None:
    """Hold a question whose answer was kept just now."""
    run.parts.similar.keep(
        answer.tenant,
        found.semantic,
        found.asked,
        name=answer.name,
        run_id=answer.run_id,
        expires_us=answer.expires_us,
    )


def rest_of(request: Request, text: str, *, shared: bool) -> bytes | None:
    """All that is asked but the question's words, which stand in one place; None where they do not."""
    place = (request.members or {}).get(_SAID[request.dialect])
    if place is None:
        return None
    _, start, end = place
    try:
        said = msgspec.json.decode(request.body[start:end])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    without, times = _without(said, text)
    if times != 1:
        return None
    body = request.body[:start] + msgspec.json.encode(without) + request.body[end:]
    return body_asked(structs.replace(request, body=body, members=None), shared=shared)


def _question(run: Run, longest: int) -> str | None:
    """The one thing that is said, in words; None where it is something else, or longer."""
    request, hints = run.request, run.request.hints
    if hints.risk == "high" or hints.expected is not None or hints.tests is not None:
        return None
    if request.embeds or request.continues or request.has_tools or request.has_images or request.has_files:
        return None
    if any(rung.checks for rung in run.plan.rungs):
        return None
    try:
        conversation = run.parts.read(request)
    except InvalidRequest:
        return None
    text = _only_words(conversation)
    return text if text is not None and text.strip() and len(text) <= longest else None


def _only_words(conversation: Conversation) -> str | None:
    if len(conversation.turns) != 1 or conversation.tools:
        return None
    (turn,) = conversation.turns
    if turn.role != "user" or len(turn.parts) != 1 or not isinstance(turn.parts[0], Text):
        return None
    return turn.parts[0].text


def _without(said: object, text: str) -> tuple[object, int]:
    """What was said without this text, and how often it stood there. A part of a message is nested no deeper than JSON may be."""
    if isinstance(said, str):
        return (_WORDS, 1) if said == text else (said, 0)
    if isinstance(said, list):
        parts = [_without(each, text) for each in said]
        return [part for part, _ in parts], sum(times for _, times in parts)
    if isinstance(said, dict):
        members = {name: _without(value, text) for name, value in said.items()}
        return {name: part for name, (part, _) in members.items()}, sum(times for _, times in members.values())
    return said, 0
