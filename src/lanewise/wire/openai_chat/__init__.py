"""OpenAI's Chat Completions, as callers send it and as OpenAI and the many compatible vendors take it."""

from __future__ import annotations

from collections.abc import Mapping

from lanewise.core.answer import Generation
from lanewise.core.conversation import Translated
from lanewise.core.failure import Failure
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import ErrorReport, StreamReader, StreamWriter, WireAnswer, WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import NO_TARGET, Request, Target
from lanewise.wire.failure import read_failure
from lanewise.wire.openai_chat.answer import read_answer, write_answer
from lanewise.wire.openai_chat.call import write_call
from lanewise.wire.openai_chat.conversation import read_conversation
from lanewise.wire.openai_chat.request import read_request
from lanewise.wire.openai_chat.spoken import write_spoken
from lanewise.wire.openai_chat.stream import ChatStreamReader
from lanewise.wire.openai_chat.writer import ChatStreamWriter, write_error


class OpenAIChat:
    """The dialect in both directions."""

    def read_request(self, body: bytes, target: Target = NO_TARGET) -> Request:  # noqa: ARG002 - the body says it all
        """What the body asks for. Raises InvalidRequest."""
        return read_request(body)

    def read_conversation(self, request: Request) -> Translated:
        """The request's meaning. Raises InvalidRequest."""
        return read_conversation(request.body)

    def write_answer(
        self, generation: Generation, request: Request, lanewise: bytes, *, run_id: str, created_s: int
    ) -> bytes:
        """The caller's body, with the key `lanewise`."""
        return write_answer(generation, request, lanewise, run_id=run_id, created_s=created_s)

    def stream_writer(self, request: Request, *, run_id: str, created_s: int) -> StreamWriter:
        """A writer for one stream."""
        return ChatStreamWriter(request, run_id=run_id, created_s=created_s)

    def write_error(self, report: ErrorReport) -> bytes:
        """An error's body."""
        return write_error(report)

    def write_call(self, call: Call, translated: Translated | None = None) -> WireCall:
        """The caller's bytes with the closed list of edits, or what was translated. Raises InvalidRequest."""
        return write_call(call) if translated is None else write_spoken(call, translated)

    def read_answer(self, body: bytes, *, want_content: bool) -> WireAnswer:
        """What a whole body says."""
        return read_answer(body, want_content=want_content)

    def stream_reader(self, facts: ModelFacts) -> StreamReader:
        """A reader for one stream."""
        return ChatStreamReader(facts)

    def read_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """What an error response means."""
        return read_failure(status, headers, body)
