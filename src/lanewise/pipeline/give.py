"""The answer that was chosen is handed out: what was held is shown, and what must not be given is refused in so many words."""

from __future__ import annotations

from msgspec import structs

from lanewise.core.answer import Generation, ToolCall
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.verdict import LOOPS
from lanewise.pipeline.asking_again import gives_up
from lanewise.pipeline.run import Run
from lanewise.pipeline.weighing import OTHERS, Attempted, Weighing


async def give(run: Run, weighing: Weighing, best: Attempted) -> Generation:
    """The answer, mended where it passed only so; a typed refusal for what the model cannot do, and for a call that must not run."""
    generation = _keep(run, weighing, best)
    if best.failed:
        return generation
    refused = _unsolved(best) or _withheld(run, weighing, best)
    if refused is not None:
        return _without_answer(generation, refused)
    mended = _mended(best)
    if best.held is not None and run.request.stream:
        await best.held.release(mended, run.request.dialect)
    if mended is None or generation.content is None:
        return generation
    return structs.replace(generation, body=b"", content=structs.replace(generation.content, text=mended))


def refuse_for_a_person(run: Run, weighing: Weighing, best: Attempted, why: str) -> Generation:
    """The refusal of a plan that ends with a person; a vendor's failure stays one."""
    generation = _keep(run, weighing, best)
    reason = "" if best.verdict is None or not best.verdict.reason else f": {best.verdict.reason}"
    message = (
        f"No lane's answer is good enough ({why}){reason}. A person has to decide, and this version has no review queue"
    )
    return generation if best.failed else _without_answer(generation, Failure(kind=FailureKind.REVIEW, message=message))


def _keep(run: Run, weighing: Weighing, best: Attempted) -> Generation:
    """Write down which answer is the run's, and what was said of it."""
    part = best.part
    run.adopt(part)
    weighing.verdict = best.verdict
    weighing.answer = f"{part.lane.name}/{part.path}call-"
    strategy = part.plan.rungs[0].lane.strategy
    weighing.strategy = "" if strategy == "single" else strategy
    return best.generation


def _without_answer(generation: Generation, failure: Failure) -> Generation:
    return structs.replace(generation, body=b"", content=None, empty=False, failure=failure)


def _mended(best: Attempted) -> str | None:
    """The answer as it was read, where it passed only so; None where it passed as it came."""
    verdict = best.verdict
    if best.held is None or verdict is None or verdict.word != "accept" or not verdict.changed:
        return None
    return verdict.answer


def _unsolved(best: Attempted) -> Failure | None:
    why = gives_up(best.generation.content) if best.given_up else None
    if why is None or best.held is None:
        return None
    return Failure(kind=FailureKind.UNSOLVED, message=f"It cannot be done as asked: {why}")


def _withheld(run: Run, weighing: Weighing, best: Attempted) -> Failure | None:
    """Calls that cannot be taken back are handed out only where a check of them says yes."""
    if run.plan.guarded_tools and best.hands_on_others:
        return Failure(kind=FailureKind.WITHHELD, message=f"{OTHERS} Some may call what cannot be taken back")
    verdict, calls = best.verdict, _guarded_calls(run, best)
    if not calls:
        return None
    reason = "nobody has checked it" if verdict is None else verdict.reason or verdict.word
    if verdict is not None and verdict.word == "accept":
        unsure = _not_sure_of_calls(run, weighing)
        if unsure is None:
            return None
        reason = unsure
    names = ", ".join(dict.fromkeys(call.name for call in calls))
    message = f"The call of {names}, which cannot be taken back, did not pass its check: {reason}"
    return Failure(kind=FailureKind.WITHHELD, message=message)


def _not_sure_of_calls(run: Run, weighing: Weighing) -> str | None:
    """Why the calls of an accepted answer are not: whoever accepted it was not the check of calls, or another could not be asked.

    Samples that agree, and an answer that is in no loop, say nothing of whether a call may run.
    """
    said = [check for check in weighing.checks if f"{check.lane}/{check.of}call-" == weighing.answer]
    missing = next((check for check in said if check.verdict == "down" or check.deferred), None)
    if missing is not None:
        return f"{missing.verifier} gave no verdict on it: {missing.reason or missing.verdict}"
    guard = run.policy.verification.tool_calls
    sure = [check for check in said if check.passed and check.verifier != LOOPS and not check.stands_in_for]
    if guard is None:
        return None if sure else "nobody has checked it"
    if any(check.verifier == guard.verifier for check in sure):
        return None
    return next((check.reason for check in said if check.verifier == guard.verifier), "nobody has checked it")


def refuse_several(run: Run) -> None:
    """Refuse to ask for several answers at once where each may hold a call that must be checked. Raises InvalidRequest.

    Tools are looked for by their names alone: a request for several answers is its own vendor's, and is read by nobody else.
    """
    if run.request.choices < 2:
        return
    guarded = [name for name in run.plan.guarded_tools if name.rstrip("*").encode() in run.request.body]
    if guarded:
        raise InvalidRequest(
            f"n: calls of {', '.join(guarded)} cannot be taken back and are checked before they are handed out, "
            "one answer at a time; ask for each answer alone"
        )


def _guarded_calls(run: Run, best: Attempted) -> list[ToolCall]:
    content = best.generation.content
    if not run.plan.guarded_tools or content is None:
        return []
    return [call for call in content.tool_calls if _is_named(call.name, run.plan.guarded_tools)]


def _is_named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in patterns)
