"""The tables of what a messages request loses when it leaves the dialect."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.anthropic.leaving import (
    BLOCKS,
    PARAMETERS,
    TOOL_SETTINGS,
    TOOLS,
    block_loss,
    losses,
    tool_loss,
)
from wire.test_anthropic_conversation import told, user

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "anthropic.md"


@pytest.mark.parametrize("name", sorted({*PARAMETERS, *BLOCKS, *TOOLS, *TOOL_SETTINGS}))
def test_every_row_is_in_the_reference(name: str) -> None:
    assert re.search(rf"\b{name}", PAGE.read_text())


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_every_parameter_of_the_table_is_told_or_refused_by_its_name(name: str) -> None:
    if PARAMETERS[name].refused:
        with pytest.raises(InvalidRequest, match=f"`{name}`"):
            losses({name: "something"})
    else:
        assert losses({name: "something"}) == [f"{name}: {PARAMETERS[name].reason}"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"service_tier": "auto"},
        {"speed": "standard"},
        {"inference_geo": "global"},
        {"mcp_servers": []},
        {"later": None},
    ],
)
def test_what_asks_for_nothing_is_no_loss(parameters: dict[str, Any]) -> None:
    assert losses(parameters) == []


def test_what_nobody_knows_is_dropped_visibly() -> None:
    assert losses({"a_later_invention": 1}) == ["a_later_invention: not known outside the dialect it was written in"]


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_every_block_of_the_table_is_told_or_refused(kind: str) -> None:
    block = {"type": kind, "id": "srv", "content": [], "input": {}}
    said = [user("x"), {"role": "assistant", "content": [block, {"type": "text", "text": "y"}]}, user("z")]
    if BLOCKS[kind].refused:
        with pytest.raises(InvalidRequest, match=r"`messages\[1\].content\[0\]`"):
            told(messages=said)
        return
    conversation, dropped = told(messages=said)
    assert dropped == [f"messages[].content[].{kind}: {BLOCKS[kind].reason}"]
    assert [len(turn.parts) for turn in conversation.turns] == [1, 1, 1]


def test_an_unknown_block_costs_the_question_or_only_a_memory() -> None:
    assert block_loss("later", of_user=False, where="here").startswith("messages[].content[].later: ")
    with pytest.raises(InvalidRequest, match="`here`: a block of type 'later'"):
        block_loss("later", of_user=True, where="here")


def test_tools_that_only_help_are_dropped_and_all_others_refused() -> None:
    assert tool_loss("tool_search_tool_bm25_20251119", "tools[0]").startswith("tools[].tool_search_tool_bm25")
    assert tool_loss("advisor_20260301", "tools[0]").startswith("tools[].advisor_20260301: ")
    for kind in ("web_search_20250305", "code_execution_20260120", "bash_20250124", "computer_20250124", "later_1"):
        with pytest.raises(InvalidRequest, match="is Anthropic's own"):
            tool_loss(kind, "tools[0]")
