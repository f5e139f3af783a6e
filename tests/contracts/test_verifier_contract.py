"""What every Verifier must do. A new implementation adds one line to `VERIFIERS`."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging import candidate, says
from lanewise.bootstrap.verifiers import VERIFIERS as REGISTERED
from lanewise.core.answer import Content, Finish, ToolCall
from lanewise.core.conversation import Tool
from lanewise.core.protocols.router import Question
from lanewise.core.protocols.verifier import Candidate, Verifier
from lanewise.core.verdict import MAX_REASON_CHARS, Verdict, VerdictKind, VerdictWord
from lanewise.verifiers import agreement, business_rules, form, judge, webhook
from lanewise.verifiers.agreement import AgreementVerifier
from lanewise.verifiers.business_rules import BusinessRulesVerifier
from lanewise.verifiers.citations import CitationVerifier
from lanewise.verifiers.code_compiles import CodeCompilesVerifier
from lanewise.verifiers.command import CommandVerifier
from lanewise.verifiers.command import Options as CommandOptions
from lanewise.verifiers.form import FormVerifier
from lanewise.verifiers.json_schema import JsonSchemaVerifier
from lanewise.verifiers.judge import JudgeVerifier
from lanewise.verifiers.loops import LoopVerifier
from lanewise.verifiers.math_answer import MathAnswerVerifier
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.maths.worker import told_of
from lanewise.verifiers.programs.compiles import Compiled, TypeChecked, compiled
from lanewise.verifiers.programs.interpret import Outcome, Program
from lanewise.verifiers.programs.sandbox import Limits, Sandbox
from lanewise.verifiers.python_tests import PythonTestsVerifier
from lanewise.verifiers.read_apart import ReadApart, Reading
from lanewise.verifiers.reader import Verifiers as Readers
from lanewise.verifiers.reader import told_of as told_of_reading
from lanewise.verifiers.webhook import WebhookVerifier
from walking import deployment

SCHEMA = (
    b'{"type":"object","properties":{"answer":{"type":"string"},"reasoning":{"type":"string"}},"required":["answer"]}'
)

RULES = business_rules.Options(rules=(business_rules.Rule(name="short", check="length(answer.answer) < 5"),))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A verifier, and an answer that it cannot judge."""

    make: Callable[[], Verifier]
    beyond: Candidate = field(default_factory=lambda: candidate("Well, 4."))
    asks: bool = False  # whether it puts questions to models


async def in_this_process(task: MathTask) -> MathTold:
    """What a maths worker says, without the worker: its pool has tests of its own."""
    return told_of(task)


async def undecided(delivery: webhook.Delivery) -> webhook.Delivered:
    """An operator's address that cannot judge anything."""
    return webhook.Delivered(id="msg_1", status=200, body=b'{"verdict": "unverifiable", "reason": "Not now."}')


async def compiled_here(code: str) -> Compiled:
    """What a compiler's process says, without the process."""
    return compiled(code)


async def types_fit(code: str) -> TypeChecked:
    """Nothing is wrong with any program's types; the checker has tests of its own."""
    return TypeChecked()


async def in_no_interpreter(program: Program, limits: Limits) -> Outcome:
    """What is said where nobody can run it; the interpreters have tests of their own, and no program of hypothesis is run here."""
    return Outcome(word="unsupported", why="nobody runs programs here")


class ReadElsewhere(JsonSchemaVerifier):
    """One that no answer is short enough for."""

    quick_chars: ClassVar[int] = -1


async def read_here(reading: Reading) -> Verdict:
    """What a reader says, without its process."""
    return told_of_reading(Readers(), pickle.dumps(reading))


VERIFIERS: dict[str, Row] = {
    ReadApart.__name__: Row(make=lambda: ReadApart(ReadElsewhere(), None, read=read_here)),
    PythonTestsVerifier.__name__: Row(make=lambda: PythonTestsVerifier(interpret=in_no_interpreter)),
    CodeCompilesVerifier.__name__: Row(
        make=lambda: CodeCompilesVerifier(compiled=compiled_here, type_checked=types_fit)
    ),
    CommandVerifier.__name__: Row(
        make=lambda: CommandVerifier(CommandOptions(run=["true"], language="none"), sandbox=Sandbox())
    ),
    MathAnswerVerifier.__name__: Row(
        make=lambda: MathAnswerVerifier(calculate=in_this_process), beyond=candidate("Well, 4.", asked="How many?")
    ),
    JsonSchemaVerifier.__name__: Row(make=JsonSchemaVerifier),
    LoopVerifier.__name__: Row(make=LoopVerifier, beyond=candidate("")),
    CitationVerifier.__name__: Row(make=CitationVerifier),
    AgreementVerifier.__name__: Row(
        make=lambda: AgreementVerifier(agreement.Options(deployment=deployment("openai/nano"))),
        beyond=candidate("Answer: 4"),
        asks=True,
    ),
    JudgeVerifier.__name__: Row(
        make=lambda: JudgeVerifier(judge.Options(deployment=deployment("openai/nano"))),
        beyond=candidate("4"),
        asks=True,
    ),
    WebhookVerifier.__name__: Row(
        make=lambda: WebhookVerifier(
            webhook.Options(url="https://checks.example/verify", secret="a secret that nobody knows"), deliver=undecided
        )
    ),
    FormVerifier.__name__: Row(make=lambda: FormVerifier(form.Options(language="en"))),
    BusinessRulesVerifier.__name__: Row(make=lambda: BusinessRulesVerifier(RULES)),
}

PIECES = st.sampled_from(
    [
        *(
            '{"answer": "4"}',
            "```json\n",
            "```",
            "Answer: 42",
            "\\boxed{\\frac{1}{2}}",
            "#### 12",
            "9^9^9^9",
            "[" * 900,
            '{"a":' * 500,
        ),
        *(
            "def f():\n    return 1\n",
            "\x00",
            "\ud800",
            "\u202e",
            "I cannot help with that.",
            "the same again. " * 40,
            "(B)",
            "NaN",
        ),
        *('"quoted [1]"', "1e999", "-0", "\\frac", "2026-02-30", "\r\n\t", "é" * 50),
    ]
)
TEXTS = st.text(max_size=80) | st.lists(PIECES | st.text(max_size=20), max_size=6).map("".join)
CALLS = st.builds(ToolCall, id=st.just("c1"), name=st.sampled_from(["look_up", "refund", ""]), arguments=TEXTS)
TOOLS = (Tool(name="look_up", schema=SCHEMA), Tool(name="broken", schema=b"{"))


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    made = candidate(
        asked=draw(TEXTS),
        schema=draw(st.sampled_from([None, SCHEMA, b"{", b"[]", b'{"$ref":"file:///etc/passwd"}'])),
        tools=draw(st.sampled_from([(), TOOLS])),
        json_mode=draw(st.booleans()),
        expected=draw(st.none() | TEXTS),
        tests=draw(st.none() | st.sampled_from(["assert f() == 1", "while True: pass", "("])),
        finish=draw(st.none() | st.sampled_from(list(Finish))),
    )
    content = Content(
        text=draw(TEXTS),
        reasoning=draw(TEXTS),
        refusal=draw(st.sampled_from(["", "", "I may not."])),
        tool_calls=tuple(draw(st.lists(CALLS, max_size=2))),
    )
    return Candidate(**{name: getattr(made, name) for name in made.__struct_fields__} | {"content": content})


def judged(verifier: Verifier, of: Candidate, answer: str | None = None) -> Verdict:
    return asyncio.run(verifier.verify(of, says(answer)))


@pytest.mark.parametrize("row", VERIFIERS.values(), ids=VERIFIERS)
class TestVerifier:
    """One run of it per verifier."""

    @given(candidates(), st.none() | TEXTS)
    def test_it_judges_whatever_an_answer_holds(self, row: Row, of: Candidate, answer: str | None) -> None:
        verifier: Any = row.make()
        said = judged(verifier, of, answer)
        assert said.word in get_args(VerdictWord)
        assert said.verifier == verifier.name
        assert said.kind in verifier.kinds
        assert set(verifier.kinds) <= set(get_args(VerdictKind))
        assert said.score is None or 0 <= said.score <= 1
        assert (said.score is None) == (said.word == "unverifiable")
        assert not said.repairable or said.word == "reject"

    @given(candidates(), st.none() | TEXTS)
    def test_a_reason_is_there_bounded_and_can_be_sent(self, row: Row, of: Candidate, answer: str | None) -> None:
        said = judged(row.make(), of, answer)
        assert bool(said.reason) or said.word == "accept"
        assert len(said.reason) <= MAX_REASON_CHARS
        assert all(each.encode() for each in (said.reason, *said.changed) if each)

    @settings(max_examples=25)  # each is judged three times
    @given(candidates(), st.none() | TEXTS)
    def test_it_says_the_same_of_the_same(self, row: Row, of: Candidate, answer: str | None) -> None:
        used = row.make()
        assert judged(used, of, answer) == judged(used, of, answer) == judged(row.make(), of, answer)

    def test_what_it_cannot_judge_is_unverifiable(self, row: Row) -> None:
        assert judged(row.make(), row.beyond).word == "unverifiable"

    async def test_cancelling_ends_what_it_began(self, row: Row) -> None:
        asked, left = asyncio.Event(), asyncio.Event()

        async def never(question: Question) -> str | None:
            asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                left.set()
            return None

        verifying = asyncio.create_task(row.make().verify(row.beyond, never))
        asking = asyncio.create_task(asked.wait())
        await asyncio.wait({verifying, asking}, return_when=asyncio.FIRST_COMPLETED)
        verifying.cancel()
        asking.cancel()
        await asyncio.wait({verifying, asking})
        assert asked.is_set() == left.is_set() == row.asks
        assert verifying.cancelled() == row.asks
        assert asyncio.all_tasks() == {asyncio.current_task()}


def test_every_verifier_of_the_registry_is_here() -> None:
    assert {getattr(each, "__name__", "") for each in REGISTERED.values()} | {ReadApart.__name__} == set(VERIFIERS)
