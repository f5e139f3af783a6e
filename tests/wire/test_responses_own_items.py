"""Items that Lanewise wrote itself are known again."""

from __future__ import annotations

from lanewise.wire.openai_responses.own_items import is_own_thinking, own_thinking_id, without_own_thinking


def test_they_are_known_by_their_ids() -> None:
    assert is_own_thinking(own_thinking_id("run_1", 0))
    assert not any(map(is_own_thinking, ("rs_0123", "", None, 5)))


def test_only_they_go_and_all_that_stays_is_as_it_was() -> None:
    own = own_thinking_id("run_1", 0).encode()
    theirs = b'{"type": "reasoning", "id": "rs_1", "n": 1.10}'
    words = b'{"role":"user","content":"what is ' + own + b'?"}'
    items = b"[%b, %b,%b ]" % (theirs, b'{"type":"reasoning","id":"' + own + b'"}', words)
    assert without_own_thinking(items) == b"[%b,%b]" % (theirs, words)


def test_what_holds_none_is_not_touched() -> None:
    for items in (b'[ {"role": "user"} ]', b'"words about rs_lanewise_"', b"[]"):
        assert without_own_thinking(items) == items
    assert without_own_thinking(b'["rs_lanewise_1"]') == b'["rs_lanewise_1"]'
