"""Values whose numbers are still the text they were written as."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.verifiers.reading.values import each_in, read_exactly, texts_in, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_a_number_stays_as_it_was_written() -> None:
    source = '{"price": 1.10, "id": 12345678901234567890, "e": 1E+2}'
    assert written(read_exactly(source)) == source


def test_all_that_is_in_a_value_is_told_in_its_order_however_deep() -> None:
    assert list(texts_in({"a": ["b", {"c": 1}], "d": "e"})) == ["a", "d", "b", "c", "e"]
    assert list(texts_in({"a": ["b", {"c": 1}], "d": "e"}, names=False)) == ["b", "e"]
    assert list(each_in([1, [2]])) == [[1, [2]], 1, [2], 2]
    deep: object = "x"
    for _ in range(5_000):
        deep = [deep]
    assert list(texts_in(deep)) == ["x"]


def test_nan_is_no_json() -> None:
    with pytest.raises(ValueError, match="NaN"):
        read_exactly("[NaN]")


@given(JSON)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    assert json.loads(written(read_exactly(json.dumps(value)))) == value


def test_half_a_surrogate_pair_is_written_so_that_it_can_be_sent() -> None:
    assert written("\ud800").encode() == b'"\\ud800"'
