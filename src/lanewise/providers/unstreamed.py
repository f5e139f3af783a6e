"""A whole answer where a stream was asked for: some vendors answer so, and it is as good as one that came in pieces."""

from __future__ import annotations

from msgspec import structs

from lanewise.core.answer import Content, Delta, Generation, ToolCallDelta
from lanewise.core.failure import Failure, FailureKind
from lanewise.providers.exchange import VendorBody

_BRACE = b"{"
_MOST_BLANK_BYTES = 64 * 1024  # that are looked through for the beginning: whoever sends more of them sends a stream
NOT_TOLD_APART = Failure(
    kind=FailureKind.MALFORMED,
    message="The vendor answered a stream request with one whole JSON body, and no words, refusal or tool call can be read from it",
)


class Begun:
    """A response of which the first bytes were looked at; they are read again."""

    __slots__ = ("_first", "_response")

    def __init__(self, response: VendorBody) -> None:
        self._response = response
        self._first = b""

    async def is_whole(self) -> bool:
        """Whether a JSON object begins it, which no event of a stream does. Raises one of SOCKET_ERRORS."""
        while len(self._first) < _MOST_BLANK_BYTES and not self._first.strip():
            data = await self._response.read()
            if not data:
                break
            self._first += data
        return self._first.lstrip().startswith(_BRACE)

    @property
    def ended(self) -> bool:
        """Whether the body has come to its end, and has been read."""
        return not self._first and self._response.ended

    async def read(self) -> bytes:
        """The next bytes of the body; none at its end. Raises one of SOCKET_ERRORS where it is cut short."""
        if self._first:
            first, self._first = self._first, b""
            return first
        return await self._response.read()


def deltas_of(answer: Generation) -> list[Delta]:
    """The answer as a stream would have told it, without a vendor's bytes; none where nothing of it can be told so."""
    content = answer.content
    if content is None or not (content.text or content.refusal or content.tool_calls):
        return []
    deltas = [Delta(made=True, served_model=answer.served_model), *_thinking(content)]
    if content.text or content.refusal:
        said = Delta(made=True, text=content.text, refusal=content.refusal, logprobs=content.logprobs)
        deltas.append(said)
    if content.tool_calls:
        pieces = tuple(
            ToolCallDelta(index=at, id=tool.id, name=tool.name, arguments=tool.arguments, signature=tool.signature)
            for at, tool in enumerate(content.tool_calls)
        )
        deltas.append(Delta(made=True, tool_calls=pieces))
    return [*deltas, Delta(made=True, finish=answer.finish, usage=answer.usage)]


def without_thinking(deltas: list[Delta]) -> list[Delta]:
    """The same for a caller who is not to see the thinking."""
    return [structs.replace(delta, reasoning="", thought=None, signature="") for delta in deltas]


def _thinking(content: Content) -> list[Delta]:
    if not content.thoughts:
        return [Delta(made=True, reasoning=content.reasoning)] if content.reasoning else []
    told: list[Delta] = []
    for thought in content.thoughts:
        if thought.text:
            told.append(Delta(made=True, reasoning=thought.text))
        told.append(Delta(made=True, thought=thought))
    return told
