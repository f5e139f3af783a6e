"""What a call is, whatever its dialect: the ask a dialect parsed and the reply it will render."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from lanewise.simulator import tokens
from lanewise.simulator.models import SimulatedModel

Finish = Literal["stop", "length", "tool_calls", "refusal", "stop_sequence"]


class RejectedError(Exception):
    """The vendor refuses the request before it generates anything: the caller's fault, and free of charge."""

    def __init__(
        self, status: int, message: str, *, kind: str, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A function the caller offers."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """A function the model wants called; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str

    @property
    def tokens(self) -> int:
        """Output tokens the call costs."""
        return 4 + tokens.count(self.name) + tokens.count(self.arguments)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolUse:
    """What the caller offers, demands and has answered already."""

    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    """`auto`, `none`, `required`, or the name of one tool."""
    parallel: bool = True
    results: tuple[tuple[str, str], ...] = ()
    """(tool name, result text) since the last user question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """The words of the request: what is asked now, what came before, and all of it (which seeds the mistakes)."""

    question: str
    earlier: tuple[str, ...] = ()
    said: str = ""
    """The model's own words before the question."""
    context: str = ""
    everything: str = ""
    images: int = 0


def heard(turns: Iterable[tuple[bool, str]]) -> tuple[list[str], str]:
    """What users asked, words of theirs that follow one another taken together, and the model's own words before the last of it.

    Each turn is whether a user said it, and its text.
    """
    asked: list[str] = []
    said = latest = ""
    goes_on = False  # the turn before was a user's
    for by_user, text in turns:
        if not by_user:
            latest, goes_on = text, False
        elif text and goes_on:
            asked[-1] += f"\n{text}"
        elif text:
            asked.append(text)
            said, goes_on = latest, True
    return asked, said


@dataclass(frozen=True, kw_only=True, slots=True)
class InputUsage:
    """Input tokens as the vendor counts them; cached and written ones are part of the total."""

    total: int
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What the Responses API adds to a request: all that was said, whether to remember it, and whether to hand out sealed reasoning."""

    said: tuple[dict[str, Any], ...] = ()
    store: bool = False
    sealed: bool = False
    asked: dict[str, Any] = field(default_factory=dict)
    """The request's body, parts of which stand in its response."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One parsed request.

    `thinking_tokens` is the most the model may think (0: it does not); `effort` scales how much of it a problem
    needs. `display` says what the caller sees of the thinking.
    """

    model: SimulatedModel
    stream: bool
    events: bool = True
    """Streamed as server-sent events; else as one JSON array, which is Gemini's other way."""
    conversation: Conversation
    usage: InputUsage
    tool_use: ToolUse = field(default_factory=ToolUse)
    schema: dict[str, Any] | None = None
    json_mode: bool = False
    max_tokens: int
    thinking_tokens: int = 0
    effort: str = "medium"
    display: Literal["full", "omitted", "redacted"] = "full"
    stop: tuple[str, ...] = ()
    seed: int | None = None
    include_usage: bool = False
    top_logprobs: int | None = None
    account: str = ""
    kept: Kept | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the model generates, complete; dialects render it, the playback may cut it short."""

    reasoning: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    finish: Finish = "stop"
    stop_sequence: str | None = None
    doubt: float = 0.0
    """0 (sure) to 1 (guessing): what log-probabilities show of it."""
    difficulty: int = 1

    @property
    def text(self) -> str:
        """The visible answer."""
        return "".join(self.answer)

    @property
    def reasoning_tokens(self) -> int:
        """Tokens thought."""
        return len(self.reasoning)

    @property
    def output_tokens(self) -> int:
        """All tokens generated, thinking included once."""
        return len(self.reasoning) + len(self.answer) + sum(call.tokens for call in self.tool_calls)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One step of the generation: what goes on the wire (maybe nothing) and what has been generated by then."""

    data: bytes = b""
    tokens: int = 0
    """New tokens this step took: the time it needs."""
    output_tokens: int = 0
    reasoning_tokens: int = 0
    content: bool = False
    """Carries generated words; faults count these."""
