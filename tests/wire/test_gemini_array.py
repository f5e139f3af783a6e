"""Objects cut out of a JSON array, byte by byte."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanewise.wire.gemini.array import ArraySplitter

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\{}[],é\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), JSON, max_size=4), max_size=4)


@given(OBJECTS, st.sampled_from([None, 1]), st.integers(1, 7))
def test_every_object_comes_out_as_it_is_and_every_byte_is_handed_on(
    objects: list[dict[str, Any]], indent: int | None, step: int
) -> None:
    stream = json.dumps(objects, indent=indent, ensure_ascii=False).encode()
    splitter = ArraySplitter()
    events = [event for at in range(0, len(stream), step) for event in splitter.feed(stream[at : at + step])]
    assert [json.loads(data) for _, _, data in events if data] == objects
    assert b"".join(raw for raw, _, _ in events) == stream
    assert splitter.closed
