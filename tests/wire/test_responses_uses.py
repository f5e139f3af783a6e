from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.wire.openai_responses.uses import told_uses, tool_uses


def searched(action: Any = None) -> dict[str, Any]:
    return {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": action}


@pytest.mark.parametrize(
    ("output", "uses"),
    [
        ([{"type": "message", "content": []}, {"type": "reasoning"}], {}),
        (
            [searched({"type": "search", "query": "spiders"}), searched({"type": "search"}), searched()],
            {"web_search": 3},
        ),
        ([searched({"type": "open_page"}), searched({"type": "find_in_page"})], {}),
        ([{"type": "file_search_call"}, {"type": "code_interpreter_call"}], {"file_search": 1, "code_interpreter": 1}),
        ([{"type": "function_call"}, {"type": "mcp_call"}, {"type": "computer_call"}, {"type": 7}], {}),
        ([], None),  # some vendors tell the items of a stream only as they come
        ({"a_call": "not a list"}, None),
        (["web_search_call"], None),
        ("web_search_call", None),
    ],
)
def test_what_has_a_fee_is_counted_by_kind(output: Any, uses: dict[str, int] | None) -> None:
    assert tool_uses(msgspec.json.encode(output)) == uses


@pytest.mark.parametrize(
    ("told", "uses"),
    [
        (
            {"web_search_calls": 2, "x_search_calls": 1, "mcp_calls": 4, "file_search_calls": 0},
            {"web_search": 2, "x_search": 1},
        ),
        ({"web_search_calls": "many", "code_interpreter_calls": -1}, {}),
        (None, {}),
        ([1], {}),
    ],
)
def test_what_a_vendor_counts_itself_is_its_word(told: Any, uses: dict[str, int]) -> None:
    assert told_uses(told) == uses
