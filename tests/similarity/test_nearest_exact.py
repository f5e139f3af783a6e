from __future__ import annotations

import numpy as np

from lanewise.similarity.nearest_exact import ExactNearest


def test_the_oldest_is_the_one_that_was_added_first_of_those_that_are_left() -> None:
    held = ExactNearest(2)
    for number in range(5):
        held.add(bytes([number]), np.array([number, 1.0], dtype=np.float32))
    held.drop(bytes([0]))
    held.add(bytes([1]), np.array([9.0, 9.0], dtype=np.float32))
    taken = [held.take_oldest() for _ in range(4)]
    assert [(name[0], vector.tolist()) for name, vector in taken] == [
        (2, [2.0, 1.0]),
        (3, [3.0, 1.0]),
        (4, [4.0, 1.0]),
        (1, [9.0, 9.0]),
    ]
    assert len(held) == 0
