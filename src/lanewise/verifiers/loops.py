"""Answers that end in a loop: the same piece until the tokens are used up, or the same tool calls round after round. Says `form`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.conversation import Document, Image, Text, ToolResult, ToolUse, Turn
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.repeated_calls import MOST_IN_ONE_ANSWER, Round, call_digest, digest, most_in_one, rounds_alike
from lanewise.core.repetition import Repetition, RepetitionDetector
from lanewise.core.verdict import LOOPS, Verdict, VerdictKind
from lanewise.verifiers.says import Says, quoted


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `loops`."""

    max_period: Annotated[
        int, Meta(ge=1, le=10_000, description="characters of the longest piece whose repetition is found")
    ] = 1_000
    repeats: Annotated[int, Meta(ge=3, le=100, description="times that a piece stands there before it is a loop")] = 4
    min_chars: Annotated[int, Meta(ge=40, le=100_000, description="characters that a loop fills at least")] = 160
    calls_in_a_row: Annotated[
        int, Meta(ge=4, le=10_000, description="times that the same may be called in a row, whatever it gives")
    ] = 50
    max_chars: Annotated[int, Meta(ge=1_000, le=64 << 20, description="longer answers are not judged")] = 4 << 20


class LoopVerifier:
    """Rejects an answer, or its thinking, that ends in a loop. One that left its loop again is accepted, the more was wasted the lower."""

    name: ClassVar[str] = LOOPS
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None  # nothing is cheaper
    cost: ClassVar[Cost] = "reading"
    quick_chars: ClassVar[int] = 6_000
    reads_schemas: ClassVar[bool] = False
    reads_conversation: ClassVar[bool] = False
    reads_earlier_calls: ClassVar[bool] = True

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._says = Says(verifier=self.name, kind="form")

    def detector(self) -> RepetitionDetector:
        """A fresh one by these options, for an answer that is still coming."""
        of = self._options
        return RepetitionDetector(max_period=of.max_period, repeats=of.repeats, min_chars=of.min_chars)

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge the calls, and the text, or the thinking where there is no text."""
        looping = self._of_calls(candidate)
        if looping is not None:
            return looping
        text = candidate.content.text or candidate.content.reasoning
        if not text.strip() and candidate.content.tool_calls:
            return self._says.accept()
        if not text.strip():
            return self._says.unverifiable("There is no text in which something could repeat.")
        if len(text) > self._options.max_chars:
            return self._says.unverifiable(f"The answer has more than {self._options.max_chars} characters.")
        detector = self.detector()
        detector.take(text)
        found = detector.finish()
        if found is not None:
            return self._says.reject(_told(found, len(text)), repairable=False, score=0.0)
        return self._says.accept(score=1 - min(1.0, detector.left / len(text)))

    def _of_calls(self, candidate: Candidate) -> Verdict | None:
        """What there is to say against the tool calls of an answer; None: nothing."""
        calls = candidate.content.tool_calls
        if not calls:
            return None
        now = Round(tuple(sorted(call_digest(call.name, call.arguments) for call in calls)))
        names = ", ".join(dict.fromkeys(call.name for call in calls[:_SHOWN_CALLS]))
        same = most_in_one(now.calls)
        if same >= MOST_IN_ONE_ANSWER:
            return self._says.reject(
                f"The answer makes the same call of {names} {same} times. {_ONCE}", repairable=False
            )
        rounds = [*rounds_before(candidate.conversation.turns), now]
        for results_too, most in ((True, self._options.repeats), (False, self._options.calls_in_a_row)):
            times = rounds_alike(rounds, results_too=results_too)
            if times >= most:
                gave = ", and it gave the same each time" if results_too else ""
                return self._says.reject(
                    f"{names} was called {times - 1} times in a row with the same arguments{gave}. {_FURTHER}",
                    repairable=False,
                )
        return None


def rounds_before(turns: Sequence[Turn]) -> list[Round]:
    """What was called since a user last said something, and what it gave; oldest first."""
    gave: dict[str, bytes] = {}
    rounds: list[Round] = []
    for turn in reversed(turns[-_MOST_TURNS:]):
        if turn.role == "user" and not any(isinstance(part, ToolResult) for part in turn.parts):
            break  # beside results stand only words of whoever runs the tools
        calls: list[tuple[bytes, str]] = []
        for part in turn.parts:
            if isinstance(part, ToolResult):
                gave[part.call_id] = digest(*(_read(each) for each in part.parts), str(part.failed))
            elif isinstance(part, ToolUse):
                calls.append((call_digest(part.name, part.arguments), part.id))
        if calls:
            calls.sort()
            rounds.append(Round(tuple(call for call, _ in calls), tuple(gave.get(id_, b"") for _, id_ in calls)))
    return rounds[::-1]


def _read(part: Text | Image | Document) -> str:
    return part.text if isinstance(part, Text) else part.url + part.data


_MOST_TURNS = 1_000  # a conversation's last: what came before them makes no difference
_SHOWN_CALLS = 5
_ONCE = "Make it once, or answer with what is known."
_FURTHER = "Use what it gave, go on another way, or say what stands against it."


def _told(found: Repetition, chars: int) -> str:
    times = (chars - found.onset) // found.period
    share = round(100 * found.wasted(chars) / chars)
    return (
        f"From character {found.onset} on the answer only repeats {quoted(found.piece, 120)}, {times} times; "
        f"{share} % of it is wasted. Answer anew, and stop when the answer is given."
    )
