"""The reader's own parts: it keeps verifiers by their options, and outlives one that is broken."""

from __future__ import annotations

import pickle
from typing import Any, ClassVar

import pytest

from judging import candidate
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.loops import LoopVerifier, Options
from lanewise.verifiers.read_apart import Reading
from lanewise.verifiers.reader import Verifiers, finished, told_of

DEFAULTS = pickle.dumps(None)


class Broken:
    """A verifier that cannot do it."""

    name: ClassVar[str] = "broken"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form",)
    quick_chars: ClassVar[int] = 0
    reads_conversation: ClassVar[bool] = False
    reads_earlier_calls: ClassVar[bool] = False

    def __init__(self, options: object) -> None:
        pass

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        raise RecursionError


def frame(of: Any, text: str, options: bytes = DEFAULTS) -> bytes:
    return pickle.dumps(Reading(of, options, candidate(text)))


def test_a_verifier_is_made_once_for_its_options_and_only_so_many_are_kept() -> None:
    verifiers = Verifiers()
    first = verifiers.of(LoopVerifier, DEFAULTS)
    assert verifiers.of(LoopVerifier, DEFAULTS) is first
    for repeats in range(3, 70):
        verifiers.of(LoopVerifier, pickle.dumps(Options(repeats=repeats)))
    assert verifiers.of(LoopVerifier, DEFAULTS) is not first


def test_a_broken_verifier_is_told_and_the_next_answer_is_read() -> None:
    verifiers = Verifiers()
    told = told_of(verifiers, frame(Broken, "Four."))
    assert (told.word, told.reason) == ("unverifiable", "The answer could not be read: RecursionError.")
    assert told_of(verifiers, frame(LoopVerifier, "Four.")).word == "accept"


def test_a_verifier_that_waits_is_none_that_only_reads() -> None:
    async def waits() -> Verdict:
        await _once()
        raise AssertionError

    with pytest.raises(AssertionError, match="waits for nothing"):
        finished(waits())


class _once:  # noqa: N801
    def __await__(self) -> Any:
        yield
