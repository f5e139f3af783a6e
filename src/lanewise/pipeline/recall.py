"""Recall: was this asked before, and may its answer be given again? Nobody is asked then, and nothing is paid.

It comes after routing, because who would answer is part of what can change an answer. What is kept, and for how long, is in
`docs/decisions/0016-an-answer-is-given-again.md`; what a request is known by is in `cache_name`, and what is given to questions that
only look like an earlier one in `recall_similar`.
"""

from __future__ import annotations

from msgspec import structs

from lanewise.core.answer import Finish, Generation
from lanewise.core.cached_answer import CachedAnswer
from lanewise.core.record import Recalled, RunRecord
from lanewise.core.request import Dialect, Request
from lanewise.core.similar import Alike
from lanewise.pipeline.cache_name import CacheNames, asked
from lanewise.pipeline.recall_similar import Similar, keep_question, recall_similar
from lanewise.pipeline.run import Run
from lanewise.pipeline.tape import Tape
from lanewise.wire.refused import refuses

_FOR_GOOD_US = 2**62
_LONGEST_TTL_S = 100 * 365 * 86_400.0


class Recall:
    """What one run has to do with the cache."""

    __slots__ = ("answer", "name", "similar", "tape", "ttl_s")

    def __init__(self, name: bytes, ttl_s: float) -> None:
        self.name = name
        self.ttl_s = ttl_s
        self.answer: CachedAnswer | None = None  # that was found
        self.tape: Tape | None = None  # of a stream that may be kept
        self.similar: Similar | None = None  # where the answer to a similar question may be given

    @property
    def word(self) -> str:
        """What its caller is told."""
        return "miss" if self.answer is None else "hit" if self.alike is None else "similar"

    @property
    def alike(self) -> Alike | None:
        """The other question whose answer was found."""
        return None if self.similar is None else self.similar.alike


async def recall(run: Run, names: CacheNames) -> CachedAnswer | None:
    """The answer that was given before, if there is one; otherwise the run remembers under what its own may be kept."""
    request, caching = run.request, run.tenant.caching
    if request.hints.cache == "off" or not _may_be_asked_again(request):
        return None
    ttl_s = caching.ttl_of(request.hints.task)
    if not ttl_s:
        return None
    cache = run.parts.cache
    partition = names.partition(run)
    name = cache.name(partition, asked(request, shared=caching.shared_between_users))
    found = run.recall = Recall(name, ttl_s)
    if request.hints.cache != "refresh":
        found.answer = await cache.find(name)
    if found.answer is None and caching.semantic is not None:
        found.similar = await recall_similar(run, caching.semantic, partition)
        found.answer = None if found.similar is None else found.similar.answer
    if found.answer is None and request.stream:
        run.emit = found.tape = Tape(run.emit)
    return found.answer


async def give_again(run: Run, answer: CachedAnswer) -> Generation:
    """Show an answer that was given before as if it came now, all at once."""
    run.lane = next((rung.lane for rung in run.plan.rungs if rung.lane.name == answer.lane), run.lane)
    for event in answer.shown:
        await run.emit(event)
    return answer.generation


def remember(run: Run, found: Recall, generation: Generation, record: RunRecord) -> None:
    """Keep the answer that this run came to, where it is whole and nothing speaks against giving it again."""
    if found.answer is not None or not _may_be_given_again(run, generation, record):
        return
    shown = found.tape.shown() if found.tape is not None else ()
    if shown is None:
        return
    call = record.answered_by
    created_us = int(run.parts.clock.now_s() * 1e6)
    answer = CachedAnswer(
        name=found.name,
        tenant=record.tenant,
        run_id=record.run_id,
        created_us=created_us,
        expires_us=_FOR_GOOD_US if found.ttl_s > _LONGEST_TTL_S else created_us + int(found.ttl_s * 1e6),
        lane=record.lane,
        deployment=record.deployment,
        served_model=record.served_model,
        verdict=record.verdict,
        verdict_kind=record.verdict_kind,
        attempts=record.attempts,
        cost_nanousd=record.cost_nanousd,
        dropped=() if call is None else call.dropped,
        generation=generation,
        shown=shown,
    )
    run.parts.cache.keep(answer)
    if found.similar is not None:
        keep_question(run, found.similar, answer)


def as_recalled(run: Run, answer: CachedAnswer, record: RunRecord, alike: Alike | None = None) -> RunRecord:
    """The row of a run that asked nobody: who had answered, what was said of it, and what is saved.

    Nobody has said anything of an answer for a question that is only `alike`.
    """
    told = Recalled(
        kind="exact" if alike is None else "similar",
        run_id=answer.run_id,
        age_us=max(0, int(run.started_s * 1e6) - answer.created_us),
        saved_nanousd=answer.cost_nanousd,
        dropped=answer.dropped,
        similarity=None if alike is None else alike.told,
    )
    return structs.replace(
        record,
        deployment=answer.deployment,
        served_model=answer.served_model,
        verdict=answer.verdict if alike is None else record.verdict,
        verdict_kind=answer.verdict_kind if alike is None else record.verdict_kind,
        recalled=told.kind,
        saved_nanousd=answer.cost_nanousd,
        trace=structs.replace(record.trace, recalled=told),
    )


def _may_be_asked_again(request: Request) -> bool:
    """Whether asking again would change nothing in the world, and the answer is one that stands by itself."""
    if request.vendor_tools or request.choices > 1 or request.earlier is not None:
        return False
    return request.dialect is not Dialect.OPENAI_RESPONSES or _is_not_stored(request)


def _is_not_stored(request: Request) -> bool:
    """A stored response has a name of its own, by which it is gone on from and deleted: it cannot be given twice."""
    member = (request.members or {}).get("store")
    return member is not None and request.body[member[1] : member[2]] == b"false"


def _may_be_given_again(run: Run, generation: Generation, record: RunRecord) -> bool:
    """Only whole answers; accepted ones where anything was checked; no refusal, no downgrade, no tool call.

    Nor one of which there is more to tell than a later caller would be told: mended by a check, or served by another model; nor one on
    which a check that could not be asked, or answers later, has still to say its word.
    """
    if record.outcome != "success" or generation.empty:
        return False
    if generation.finish is not Finish.STOP and not run.request.embeds:
        return False
    plan, trace = run.plan, record.trace
    if plan.weighed and record.verdict != "accept" and any(rung.checks for rung in plan.rungs):
        return False
    if trace.checks and any(check.changed or check.verdict == "down" or check.deferred for check in trace.checks):
        return False
    if trace.calls[0].another_model or (len(trace.calls) > 1 and any(call.another_model for call in trace.calls)):
        return False
    content = generation.content
    if content is None:
        return not refuses(generation.body)
    return not content.tool_calls and not content.refusal
