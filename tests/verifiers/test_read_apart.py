"""Long answers are read in a process of our own, and judged there as they would be here."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from judging import candidate, nobody, tool, verdict
from lanewise.core.answer import ToolCall
from lanewise.core.clock import SystemClock
from lanewise.core.conversation import Document, Text, Turn
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.verdict import Verdict
from lanewise.verifiers import business_rules, form, loops
from lanewise.verifiers.business_rules import BusinessRulesVerifier
from lanewise.verifiers.citations import CitationVerifier
from lanewise.verifiers.form import FormVerifier
from lanewise.verifiers.json_schema import JsonSchemaVerifier
from lanewise.verifiers.json_schema import Options as JsonOptions
from lanewise.verifiers.loops import LoopVerifier
from lanewise.verifiers.read_apart import READER, READERS, ReadApart, Reading, chars_of, read_by
from lanewise.verifiers.worker_pool import NoAnswer, WorkerPool

SCHEMA = b'{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"]}'
PAD = "Let us see what follows from that and look again at the whole of it, with care. "
LONG = "".join(f"Step {number}: {PAD}" for number in range(200))
SOURCES = (Turn(role="user", parts=(Document(text=LONG, name="notes"), Text(text="What do the notes say?"))),)
CASES: dict[str, tuple[Any, object, Candidate]] = {
    "json_schema": (JsonSchemaVerifier(), None, candidate(LONG + '{"answer": "4",}', schema=SCHEMA)),
    "json_schema with options": (
        JsonSchemaVerifier(JsonOptions(mend=False)),
        JsonOptions(mend=False),
        candidate(LONG + '{"answer": "4",}', schema=SCHEMA),
    ),
    "loops": (LoopVerifier(), None, candidate(LONG + "again and again. " * 400)),
    "loops with options": (
        LoopVerifier(loops.Options(min_chars=99_000)),
        loops.Options(min_chars=99_000),
        candidate(LONG + "again and again. " * 40),
    ),
    "citations": (
        CitationVerifier(),
        None,
        candidate('It says "look again at the whole of it" [1].', asked=LONG, turns=SOURCES),
    ),
    "form": (FormVerifier(form.Options(language="de")), form.Options(language="de"), candidate(LONG)),
    "business_rules": (
        BusinessRulesVerifier(RULES := business_rules.Options(rules=(business_rules.Rule(name="few", check="n < 5"),))),
        RULES,
        candidate(LONG + '{"n": 7}'),
    ),
}


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(READER, SystemClock(), READERS)
    yield pool
    await pool.close()


async def test_a_reader_says_what_the_verifier_would_say_here(pool: WorkerPool) -> None:
    for name, (verifier, options, of) in CASES.items():
        apart = await ReadApart(verifier, options, read=read_by(pool)).verify(of, nobody)
        assert apart == verdict(verifier, of), name
        assert apart.word != "unverifiable", name


@pytest.mark.parametrize("name", CASES)
async def test_short_answers_are_read_here_and_long_ones_are_not(name: str) -> None:
    verifier, options, of = CASES[name]
    sent: list[Reading] = []

    async def read(reading: Reading) -> Verdict:
        sent.append(reading)
        raise NoAnswer("too many checks are waiting")

    apart = ReadApart(verifier, options, read=read)
    assert (await apart.verify(candidate("Four."), nobody)).verifier == name.partition(" ")[0]
    assert sent == []
    assert (await apart.verify(of, nobody)).reason == "The answer was not read: too many checks are waiting."
    assert sent[0].candidate.request.body == b""


async def test_what_a_reader_need_not_see_stays_here(pool: WorkerPool) -> None:
    sent: list[Reading] = []

    async def read(reading: Reading) -> Verdict:
        sent.append(reading)
        return await read_by(pool)(reading)

    of = candidate(LONG, turns=SOURCES, asked="a secret question")
    await ReadApart(LoopVerifier(), None, read=read).verify(of, nobody)
    assert sent[0].candidate.conversation.turns == ()


async def test_a_schema_that_may_ask_for_much_is_read_apart_however_short_the_answer_is() -> None:
    sent: list[Reading] = []

    async def read(reading: Reading) -> Verdict:
        sent.append(reading)
        raise NoAnswer("busy")

    patterned = b'{"pattern": "(?=a*b)a*c"}'
    apart = ReadApart(JsonSchemaVerifier(), None, read=read)
    called = ToolCall(id="1", name="f", arguments="{}")
    for of in (candidate('"a"', schema=patterned), candidate(calls=(called,), tools=(tool("f", patterned),))):
        assert (await apart.verify(of, nobody)).reason == "The answer was not read: busy."
    await apart.verify(candidate('"a"', schema=b'{"type": "string"}', tools=(tool("f", patterned),)), nobody)
    assert len(sent) == 2


def test_conversations_count_only_where_they_are_read() -> None:
    of = candidate("1234", asked="123456")
    assert (chars_of(of, conversation=False), chars_of(of, conversation=True)) == (4, 10)


@pytest.mark.parametrize("name", CASES)
def test_what_is_read_here_is_read_within_a_few_milliseconds(name: str) -> None:
    """The bound for one read on the event loop, with room for a slow machine."""
    verifier, _, _ = CASES[name]
    text = LONG[: verifier.quick_chars - 40] + json.dumps({"answer": "4", "n": 7})
    of = candidate(text, schema=SCHEMA, turns=(Turn(role="user", parts=(Document(text="x" * 400),)),))
    took_s = []
    for _ in range(5):
        began = time.thread_time()
        verdict(verifier, of)
        took_s.append(time.thread_time() - began)
    assert min(took_s) < 0.005
