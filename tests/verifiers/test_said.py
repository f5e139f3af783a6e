"""A conversation as text for another model."""

from __future__ import annotations

from lanewise.core.conversation import Conversation, Document, Image, Part, Text, Thinking, ToolResult, ToolUse, Turn
from lanewise.verifiers.said import asked_in, marked


def asked(*parts: Part, system: str = "", most: int = 1_000) -> str | None:
    return asked_in(
        Conversation(turns=(Turn(role="user", parts=parts),), system=(Text(text=system),) if system else ()), most
    )


def test_all_that_is_text_is_shown() -> None:
    shown = asked(
        Text(text="Is it right?"),
        Document(text="The lease."),
        Thinking(text="hm"),
        ToolUse(id="1", name="look_up", arguments="{}"),
        ToolResult(call_id="1", parts=(Text(text="found"),)),
        system="Be brief.",
    )
    assert shown == (
        "system: Be brief.\n\nuser: Is it right?\n\nuser: The lease.\n\nuser: (calls look_up: {})\n\nuser: (tool result) found"
    )


def test_what_a_reader_would_miss_is_not_asked_about() -> None:
    assert asked(Text(text="What is this?"), Image(url="https://example.com/a.png")) is None
    assert asked(Document(data="JVBERi0x")) is None
    assert asked(ToolResult(call_id="1", parts=(Image(url="x"),))) is None


def test_it_is_bounded() -> None:
    shown = asked(Text(text="x" * 5_000), most=100)
    assert shown is not None
    assert len(shown) <= 100


def test_marks_depend_on_what_stands_between_them() -> None:
    one, other = marked("answer", "4", key="k"), marked("answer", "5", key="k")
    assert one.splitlines()[0] != other.splitlines()[0]
    assert one.splitlines()[1] == "4"
