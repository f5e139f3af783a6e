"""A stream's answer, put together while it passes by."""

from __future__ import annotations

from lanewise.core.answer import Content, Delta, Finish, Meter, TokenLogprob, ToolCall, ToolCallDelta
from lanewise.core.clock import Clock
from lanewise.core.usage import Usage
from lanewise.providers.thoughts import Thoughts
from lanewise.wire.silence import should_have_spoken


class Gathered:
    """Keeps a call's meter current and collects the meaning of its deltas."""

    __slots__ = (
        "_clock",
        "_logprobs",
        "_meter",
        "_reasoning",
        "_refusal",
        "_text",
        "_thoughts",
        "_tools",
        "finish",
        "media",
        "others",
    )

    def __init__(self, meter: Meter, clock: Clock) -> None:
        self._meter = meter
        self._clock = clock
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._thoughts = Thoughts()
        self._logprobs: list[TokenLogprob] = []
        self._tools: dict[int, _Tool] = {}
        self.finish: Finish | None = None
        self.media = False  # something came that only its bytes hold
        self.others = False  # so did further answers

    def add(self, deltas: list[Delta]) -> bool:
        """Count and keep; whether the terminal event is among them."""
        meter = self._meter
        ended = False
        for delta in deltas:
            if delta.text:
                self._text.append(delta.text)
                meter.output_chars += len(delta.text)
            if delta.reasoning or delta.signature or delta.redacted or delta.thought is not None:
                self._add_thinking(delta)
            if delta.tool_calls:
                self._add_tools(delta.tool_calls)
            if delta.refusal:
                self._refusal.append(delta.refusal)
                meter.output_chars += len(delta.refusal)
            self._logprobs += delta.logprobs
            self.media = self.media or delta.media
            self.others = self.others or delta.others
            if delta.finish is not None:
                self.finish = delta.finish
            if delta.usage is not None:
                meter.usage = delta.usage
            if delta.served_model:
                meter.served_model = delta.served_model
            if meter.first_output_s is None and delta.shows:
                meter.first_output_s = self._clock.monotonic_s()
            ended = ended or delta.last
        return ended

    def content(self) -> Content:
        """The meaning so far."""
        return Content(
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            refusal="".join(self._refusal),
            tool_calls=tuple(
                ToolCall(id=tool.id, name=tool.name, arguments="".join(tool.arguments), signature=tool.signature)
                for _, tool in sorted(self._tools.items())
            ),
            thoughts=self._thoughts.pieces(),
            logprobs=tuple(self._logprobs),
        )

    def _add_thinking(self, delta: Delta) -> None:
        if delta.reasoning:
            self._reasoning.append(delta.reasoning)
            self._meter.reasoning_chars += len(delta.reasoning)
        self._thoughts.add(delta)

    def _add_tools(self, pieces: tuple[ToolCallDelta, ...]) -> None:
        for piece in pieces:
            tool = self._tools.get(piece.index)
            if tool is None:
                tool = self._tools[piece.index] = _Tool()
            tool.id = tool.id or piece.id or ""
            tool.name = tool.name or piece.name or ""
            tool.signature = tool.signature or piece.signature
            tool.arguments.append(piece.arguments)
            self._meter.output_chars += len(piece.arguments)


def count_content(content: Content, meter: Meter) -> None:
    """Set a whole answer's characters on its call's meter."""
    arguments = sum(len(tool.arguments) for tool in content.tool_calls)
    meter.output_chars = len(content.text) + len(content.refusal) + arguments
    meter.reasoning_chars = len(content.reasoning)


_UNREAD_TOKENS = 8  # a stop token or two is generated for an empty answer too; more than that is something


def says_nothing(content: Content, finish: Finish | None, usage: Usage | None) -> bool:
    """Whether a stream that is whole held nothing but thinking. What no field holds has been generated: its tokens tell."""
    if content.text.strip() or content.refusal or content.tool_calls or not should_have_spoken(finish):
        return False
    if content.reasoning or finish is Finish.LENGTH or usage is None:
        return True
    return usage.output_tokens - usage.reasoning_tokens <= _UNREAD_TOKENS


class _Tool:
    __slots__ = ("arguments", "id", "name", "signature")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.signature = ""
        self.arguments: list[str] = []
