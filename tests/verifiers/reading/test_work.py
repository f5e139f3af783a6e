from __future__ import annotations

from contextlib import suppress

import pytest

from lanewise.verifiers.reading.lenient import Hopeless, Lenient
from lanewise.verifiers.reading.work import LEAST_STEPS, TooMuchWork, Work


@pytest.mark.parametrize("piece", ['{"', '{"a" "x" ', "' '", '"\n', "{a: b, ", '" x":', "[1,", "/* */ ", "b "])
def test_no_text_is_read_for_longer_than_it_is_long(piece: str) -> None:
    """Counted in steps, each of which looks at a bounded piece, from whatever place reading begins."""
    work = Work("{a: '" + piece * 300)
    for place in range(0, len(work.text), 7):
        with suppress(TooMuchWork, Hopeless):
            Lenient(work, place, names=frozenset({"a"}), max_depth=64).value()
    assert work.left >= -len(work.text)  # the last search of all
    assert LEAST_STEPS + len(work.text) - work.left <= LEAST_STEPS + 2 * len(work.text)


def test_what_is_left_of_the_work_is_shared_by_all_places_that_are_tried() -> None:
    work = Work('{"' * 1_000)

    def read_everywhere() -> None:
        for place in range(0, 2_000, 2):
            with suppress(Hopeless):
                Lenient(work, place, names=frozenset(), max_depth=64).value()

    with pytest.raises(TooMuchWork):
        read_everywhere()


def test_where_a_name_stands_last_is_looked_for_once() -> None:
    work = Work('{"a": 1, "a" : 2}' + " " * 8_000)
    left = work.left
    assert work.last_key("a") == 9
    assert left - work.left == 3
    assert (work.last_key("a"), left - work.left) == (9, 3)
    assert work.last_key("b") == -1
