"""Anthropic Messages, as it is spoken to vendors."""

from __future__ import annotations

from collections.abc import Mapping

from lanewise.core.conversation import Translated
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import StreamReader, WireAnswer, WireCall
from lanewise.core.protocols.provider import Call
from lanewise.wire.anthropic.answer import read_answer
from lanewise.wire.anthropic.call import write_call
from lanewise.wire.anthropic.stream import MessageStreamReader
from lanewise.wire.failure import read_failure


class AnthropicMessages:
    """The dialect towards vendors."""

    def write_call(self, call: Call, translated: Translated | None = None) -> WireCall:
        """The call's bytes, translated. Raises InvalidRequest."""
        if translated is None:
            raise InvalidRequest("A request in Anthropic's own dialect cannot be sent on yet")
        return write_call(call, translated)

    def read_answer(self, body: bytes, *, want_content: bool) -> WireAnswer:
        """What a whole body says."""
        return read_answer(body, want_content=want_content)

    def stream_reader(self, facts: ModelFacts) -> StreamReader:  # noqa: ARG002  # the protocol's; Anthropic has one way to stream
        """A reader for one stream."""
        return MessageStreamReader()

    def read_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """What an error response means."""
        return read_failure(status, headers, body)
