"""What crosses between a program and its tests, and how it comes out."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import decimal
import fractions
import json
import os
import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.verifiers.programs.crossing import Beyond, Gone, Line, changes, pack, renew, unpack

_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(st.integers() | st.text())
    ),
    max_leaves=20,
)


def _stranger(value: object) -> object:
    raise Beyond(type(value).__name__)


def crossed(value: object) -> object:
    return unpack(json.loads(json.dumps(pack(value, _stranger))), _stranger)


@given(_plain)
def test_plain_values_come_out_as_they_went_in(value: object) -> None:
    assert crossed(value) == value
    assert type(crossed(value)) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        2**20_000,
        -(2**60),
        -0.0,
        float("inf"),
        "\ud800 alone",
        bytearray(b"\x00\xff"),
        {1, 2},
        range(1, 9, 2),
        1 + 2j,
        collections.deque([1, 2], 3),
        collections.Counter("aab"),
        collections.OrderedDict(a=1),
        decimal.Decimal("1.50"),
        fractions.Fraction(1, 3),
        dt.date(2026, 1, 2),
        dt.datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 - one without a zone is what crosses
        dt.timedelta(days=1, seconds=2),
        int,
        ValueError,
        NotImplemented,
        ...,
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_the_library_keep_their_type(value: object) -> None:
    assert type(crossed(value)) is type(value)
    assert crossed(value) == value


class Liar(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize("value", [Liar(1), object(), len, re.compile("x"), [Liar(1)]])
def test_what_is_not_exactly_plain_is_somebody_elses_to_describe(value: object) -> None:
    with pytest.raises(Beyond):
        crossed(value)


@pytest.mark.parametrize(
    "told", [["m", "os.system", ["true"]], ["m", "unittest.mock._ANY", []], ["q"], ["T", "nothing"], ["T", "print"]]
)
def test_a_name_that_is_sent_makes_nothing_run(told: list[object]) -> None:
    with contextlib.suppress(Beyond, AttributeError):
        assert unpack(told, _stranger) is None


def test_what_a_call_did_to_its_arguments_is_done_to_the_same_objects() -> None:
    inner = [2, 1]
    outer: list[object] = [inner, {"a": [1]}]
    renew(outer, [[1, 2], {"a": [1, 2], "b": 3}])
    assert outer == [[1, 2], {"a": [1, 2], "b": 3}]
    assert outer[0] is inner
    several = ({1}, bytearray(b"a"), collections.deque([1]))
    renew(several, ({2}, bytearray(b"b"), collections.deque([2])))
    assert several == ({2}, bytearray(b"b"), collections.deque([2]))
    renew(inner, "of another type")
    assert inner == [1, 2]


def test_what_can_be_changed() -> None:
    assert changes([])
    assert changes((1, {}))
    assert not changes("text")
    assert not changes((1, 2))


def test_a_side_that_is_gone_is_found_out() -> None:
    (reads, there), (gone, writes) = os.pipe(), os.pipe()
    line = Line(reads, writes, lambda _: None)
    leaving = threading.Timer(0, lambda: [*map(os.close, (there, gone))])
    leaving.start()
    with pytest.raises(Gone):
        line.ask("run")
    assert isinstance(line.stopped, Gone)
    line.close()
    leaving.join()
