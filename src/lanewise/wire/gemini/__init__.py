"""Gemini's generateContent, as callers send it and as Google's API and Vertex take it.

Read `request` and `conversation` for what comes in, `call` and `parts` for what goes out, `candidate` for what an answer is.
"""

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
from lanewise.wire.gemini.answer import read_answer, write_answer
from lanewise.wire.gemini.call import splice_call, translate_call
from lanewise.wire.gemini.conversation import read_conversation
from lanewise.wire.gemini.errors import write_error
from lanewise.wire.gemini.request import read_request
from lanewise.wire.gemini.stream import GeminiStreamReader
from lanewise.wire.gemini.writer import GeminiStreamWriter


class Gemini:
    """The dialect in both directions."""

    def read_request(self, body: bytes, target: Target = NO_TARGET) -> Request:
        """What path and body ask for. Raises InvalidRequest."""
        return read_request(body, target)

    def read_conversation(self, request: Request) -> Translated:
        """The request's meaning. Raises InvalidRequest."""
        return read_conversation(request.body)

    def write_answer(
        self,
        generation: Generation,
        request: Request,
        lanewise: bytes,
        *,
        run_id: str,
        created_s: int,  # noqa: ARG002 - this dialect dates nothing
    ) -> bytes:
        """The caller's body, with the key `lanewise`."""
        return write_answer(generation, request, lanewise, run_id=run_id)

    def stream_writer(
        self,
        request: Request,
        *,
        run_id: str,
        created_s: int,  # noqa: ARG002 - this dialect dates nothing
    ) -> StreamWriter:
        """A writer for one stream."""
        return GeminiStreamWriter(request, run_id=run_id)

    def write_error(self, report: ErrorReport) -> bytes:
        """An error's body."""
        return write_error(report)

    def write_call(self, call: Call, translated: Translated | None = None) -> WireCall:
        """The caller's bytes with the closed list of edits, or what `translated` says. Raises InvalidRequest."""
        return splice_call(call) if translated is None else translate_call(call, translated)

    def read_answer(self, body: bytes, *, want_content: bool) -> WireAnswer:
        """What a whole body says."""
        return read_answer(body, want_content=want_content)

    def stream_reader(self, facts: ModelFacts) -> StreamReader:  # noqa: ARG002 - Gemini has one way to stream
        """A reader for one stream."""
        return GeminiStreamReader()

    def read_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """What an error response means."""
        return read_failure(status, headers, body)
