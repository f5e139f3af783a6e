"""A conversation free of any dialect: what a request says when it has to be said to a vendor in other words than the caller's.

JSON that nobody here needs to understand (schemas, tool arguments, cache markers) stays text, byte for byte.
Every part of a turn is one of `Part`; a dialect that lacks a kind of part refuses or drops it by its own table, visibly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from lanewise.core.request import Dialect

Role = Literal["user", "assistant"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Words."""

    text: str
    cache_marker: bytes | None = None  # the caller's own `cache_control` JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture, by its bytes (base64) or by its address."""

    url: str = ""
    data: str = ""
    media_type: str = ""
    cache_marker: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A file to read, to hear or to watch, by its bytes (base64), by its address, or by its words."""

    url: str = ""
    data: str = ""
    text: str = ""
    media_type: str = ""
    name: str = ""
    cache_marker: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Thinking:
    """Thinking of an earlier answer. Its proof is good only for the vendor, account and model that gave it (`origin`)."""

    text: str = ""
    signature: str = ""  # Anthropic's signature, Gemini's thoughtSignature
    encrypted: str = ""  # Anthropic's redacted thinking, OpenAI's encrypted reasoning
    id: str = ""  # OpenAI's reasoning item
    origin: Dialect | None = None
    cache_marker: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolUse:
    """A tool call the model made; `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str
    signature: str = ""  # Gemini's thoughtSignature, which stands on the call
    cache_marker: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolResult:
    """What a tool call gave."""

    call_id: str
    parts: tuple[Text | Image | Document, ...]
    name: str = ""  # of the tool, where the dialect says it; else it is found by the call's id
    failed: bool = False
    cache_marker: bytes | None = None


Part = Text | Image | Document | Thinking | ToolUse | ToolResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What one side said before the other side spoke."""

    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A function the model may call."""

    name: str
    description: str | None = None
    schema: bytes = b'{"type":"object","properties":{}}'
    strict: bool | None = None  # arguments must follow the schema; None: the vendor's own way
    cache_marker: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolChoice:
    """Whether a tool must be called, and which."""

    mode: Literal["auto", "none", "any", "tool"] = "auto"
    name: str = ""  # where mode is `tool`
    allowed: tuple[str, ...] = ()  # where mode is `auto` or `any`: only these may be called; empty: all
    parallel: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """All that a request says and asks beside its model, its limits and how hard to think."""

    turns: tuple[Turn, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    schema: bytes | None = None  # the answer must be JSON of this schema
    schema_name: str = ""
    schema_strict: bool | None = None
    json_mode: bool = False  # the answer must be a JSON object, of whatever shape
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    logprobs: int | None = None  # how many alternatives per token; 0: only the chosen one's; None: not asked for
    stop: tuple[str, ...] = ()
    user: str | None = None


class Translated(NamedTuple):
    """A conversation, and what of the caller's request could not go into it, each as `parameter: reason`."""

    conversation: Conversation
    dropped: list[str]
