"""A conversation free of any dialect: what a request says when it has to be said to a vendor in other words than the caller's.

JSON that nobody here needs to understand (schemas, tool arguments, cache markers) stays text, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
class ToolUse:
    """A tool call the model made; `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str
    cache_marker: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolResult:
    """What a tool call gave."""

    call_id: str
    parts: tuple[Text | Image, ...]
    cache_marker: bytes | None = None


Part = Text | Image | ToolUse | ToolResult


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
    cache_marker: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolChoice:
    """Whether a tool must be called, and which."""

    mode: Literal["auto", "none", "any", "tool"] = "auto"
    name: str = ""  # where mode is `tool`
    parallel: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """All that a request says and asks beside its model, its limits and how hard to think."""

    turns: tuple[Turn, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    schema: bytes | None = None  # the answer must be JSON of this schema
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    user: str | None = None
