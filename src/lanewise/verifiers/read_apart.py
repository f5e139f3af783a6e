"""Long answers are read in a process of our own: reading one takes milliseconds in which the event loop would serve nobody.

For verifiers that only read: they ask no model and wait for nothing. Each says up to how many characters it is quick enough to be asked
here (`quick_chars`), and whether it reads the conversation too (`reads_conversation`).
"""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Awaitable, Callable
from typing import ClassVar, Protocol

import msgspec

from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Verifier
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.says import Says
from lanewise.verifiers.schema_limits import is_quick
from lanewise.verifiers.worker_pool import NoAnswer, PoolOptions, WorkerPool

READER = "lanewise.verifiers.reader"
READERS = PoolOptions(
    workers=2,
    limit_s=8.0,
    max_answer_bytes=64 << 20,  # an answer is told as it was mended, whole
    niceness=5,  # the work is milliseconds, and a caller waits for it
)

Read = Callable[["Reading"], Awaitable[Verdict]]
"""Has an answer judged by a reader. Raises NoAnswer."""


class Reads(Verifier, Protocol):
    """A verifier that only reads."""

    name: ClassVar[str]
    kinds: ClassVar[tuple[VerdictKind, ...]]
    quick_chars: ClassVar[int]
    reads_schemas: ClassVar[bool]  # a caller's, which may ask for much work on few characters
    reads_conversation: ClassVar[bool]
    reads_earlier_calls: ClassVar[bool]  # only what was called before, where the answer calls something itself


class Reading(msgspec.Struct, frozen=True):
    """What a reader is sent: the verifier's class, its options, pickled so that it is known again by them, and what to judge."""

    of: type[Reads]
    options: bytes
    candidate: Candidate


class ReadApart:
    """A verifier that only reads, asked here for short answers and in a reader for long ones."""

    def __init__(self, verifier: Reads, options: object, *, read: Read) -> None:
        self.name, self.kinds = verifier.name, verifier.kinds
        self._verifier = verifier
        self._options = pickle.dumps(options)
        self._read = read

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """The verifier's own word, wherever it was asked."""
        verifier = self._verifier
        chars = chars_of(candidate, conversation=verifier.reads_conversation)
        if chars <= verifier.quick_chars and not (verifier.reads_schemas and not _are_quick(candidate, chars)):
            return await verifier.verify(candidate, ask)
        calls = verifier.reads_earlier_calls and bool(candidate.content.tool_calls)
        slim = slimmed(candidate, conversation=verifier.reads_conversation or calls)
        try:
            return await self._read(Reading(type(verifier), self._options, slim))
        except NoAnswer as error:
            says = Says(verifier=verifier.name, kind=verifier.kinds[0])
            return says.unverifiable(f"The answer was not read: {error}.")


def chars_of(candidate: Candidate, *, conversation: bool) -> int:
    """How much there is to read."""
    content = candidate.content
    own = len(content.text) + len(content.reasoning) + sum(len(call.arguments) for call in content.tool_calls)
    return own + candidate.request.input_chars if conversation else own


def _are_quick(candidate: Candidate, chars: int) -> bool:
    """Whether the schemas by which this answer is read can take no time."""
    called = {call.name for call in candidate.content.tool_calls}
    schemas = [tool.schema for tool in candidate.conversation.tools if tool.name in called]
    if not called and candidate.conversation.schema:
        schemas.append(candidate.conversation.schema)
    return all(is_quick(schema, chars) for schema in schemas)


def slimmed(candidate: Candidate, *, conversation: bool) -> Candidate:
    """The candidate without what such a verifier does not look at."""
    request = msgspec.structs.replace(candidate.request, body=b"")
    if conversation:
        return msgspec.structs.replace(candidate, request=request)
    told = dataclasses.replace(candidate.conversation, turns=(), system=())
    return msgspec.structs.replace(candidate, request=request, conversation=told)


def read_by(pool: WorkerPool) -> Read:
    """The readers of a pool, as a verifier asks them."""
    decoder = msgspec.msgpack.Decoder(Verdict)

    async def read(reading: Reading) -> Verdict:
        return decoder.decode(await pool.ask(pickle.dumps(reading)))

    return read
