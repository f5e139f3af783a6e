"""Mathematical answers: against an expected one, else by the question itself. What says `accept` here has proved it.

With `expected` the final answer is found, read whole, and compared by its shape and value (`maths/judge.py`). Without it there is proof in
two cases only: the question asks for a calculation that can be done again, or has equations that the answer can be put into
(`maths/question.py`). All of it happens in the maths workers: text of models is never evaluated, and what takes too long is killed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from lanewise.core.answer import Finish
from lanewise.core.closing import Closing
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.reading.latex import restored
from lanewise.verifiers.says import Says, quoted
from lanewise.verifiers.worker_pool import NoAnswer, WorkerPool

WORKER = "lanewise.verifiers.maths.worker"
MAX_ANSWER_CHARS = 200_000
_MAX_QUESTION_CHARS = 8_000

Calculate = Callable[[MathTask], Awaitable[MathTold]]
"""Puts a question to the maths workers. Raises NoAnswer."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `math_answer`."""

    ordered: Annotated[bool, Meta(description="the values of a bare list must come in the expected order")] = False
    percent: Annotated[
        Literal["drop", "value", "either"], Meta(description="28 % is 28 (`drop`), 0.28 (`value`), or either of them")
    ] = "drop"
    units: Annotated[
        Literal["known", "require"],
        Meta(description="`known`: two units that are known must agree; `require`: an expected unit must be there too"),
    ] = "known"
    decimals: Annotated[
        int,
        Meta(
            ge=1,
            le=30,
            description="an exact value may be given as a decimal of at least so many places, rightly rounded",
        ),
    ] = 6


class MathAnswerVerifier:
    """Says `proof`, or that it cannot tell."""

    name: ClassVar[str] = "math_answer"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("proof",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None
    closes: ClassVar[Closing] = "answer"
    cost: ClassVar[Cost] = "calculation"
    partial: ClassVar[bool] = True  # it can judge the first steps of an answer

    def __init__(self, options: Options | None = None, *, calculate: Calculate) -> None:
        self._options = options or Options()
        self._calculate = calculate
        self._says = Says(verifier=self.name, kind="proof")

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Compare with what is expected, else judge by the question."""
        text, put_back = restored(candidate.content.text)
        if not text.strip():
            return self._says.unverifiable("There is no text to read an answer from.")
        try:
            told = await self._calculate(self._task(candidate, text))
        except NoAnswer as error:
            return self._says.unverifiable(f"The answer was not checked: {error}.")
        answer = told.answer or None
        if told.right is None:
            return self._says.unverifiable(f"The answer cannot be checked: {told.why}.", answer=answer)
        if told.right and candidate.finish is Finish.LENGTH and answer and text.rstrip().endswith(answer):
            return self._says.unverifiable(
                f"It was cut off at {quoted(answer)}, which may not be all of it.", answer=answer
            )
        if told.right:
            lost = tuple(f"put {each} back, which JSON had swallowed" for each in put_back if each in told.answer)
            return self._says.accept(answer=text if lost else answer, changed=lost)
        read = (
            f"The final answer was read as {quoted(told.answer)}: {told.why}."
            if told.answer
            else f"It is wrong: {told.why}."
        )
        return self._says.reject(f"{read} Check each step again.", repairable=True, answer=answer)

    def _task(self, candidate: Candidate, text: str) -> MathTask:
        options = self._options
        return MathTask(
            text=text[-MAX_ANSWER_CHARS:].encode("utf-8", "replace").decode(),
            question=_question_of(candidate)[:_MAX_QUESTION_CHARS].encode("utf-8", "replace").decode(),
            expected=None if candidate.expected is None else candidate.expected.encode("utf-8", "replace").decode(),
            ordered=options.ordered,
            percent=options.percent,
            units=options.units,
            decimals=options.decimals,
        )


def _question_of(candidate: Candidate) -> str:
    """What the answer is held against; nothing for its first steps, of which only the arithmetic can be right or wrong."""
    return "" if candidate.partial else candidate.request.last_user_text


def calculated_by(pool: WorkerPool) -> Calculate:
    """The maths workers of a pool, as a verifier asks them."""
    decoder = msgspec.msgpack.Decoder(MathTold)

    async def calculate(task: MathTask) -> MathTold:
        return decoder.decode(await pool.ask(msgspec.msgpack.encode(task)))

    return calculate
