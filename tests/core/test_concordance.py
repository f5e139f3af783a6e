"""How far a judge agrees with people."""

from __future__ import annotations

import pytest

from lanewise.core.concordance import Rate, concordance


def test_agreement_and_both_kinds_of_mistakes() -> None:
    pairs = [(True, True)] * 40 + [(False, False)] * 40 + [(True, False)] * 15 + [(False, True)] * 5
    found = concordance([*pairs, (None, True)])
    assert (found.agreement, found.abstained) == (Rate(80, 100), 1)
    assert (found.false_accepts, found.false_rejects) == (Rate(15, 55), Rate(5, 45))
    assert found.kappa == pytest.approx(0.6, abs=0.01)


def test_kappa_has_an_interval_that_narrows_with_more_rows() -> None:
    few = [(True, True)] * 8 + [(False, False)] * 8 + [(True, False)] * 4
    widths = []
    for times in (1, 25):
        found = concordance(few * times)
        assert found.kappa is not None
        assert found.kappa_interval is not None
        low, high = found.kappa_interval
        assert low < found.kappa < high <= 1
        widths.append(high - low)
    assert widths[0] == pytest.approx(5 * widths[1], rel=0.1)


def test_intervals() -> None:
    low, high = Rate(80, 100).interval
    assert (round(low, 3), round(high, 3)) == (0.711, 0.867)
    assert Rate(0, 0).interval == (0.0, 1.0)
    assert Rate(0, 10).interval[0] == 0.0


def test_a_judge_that_always_says_the_same_has_no_kappa_to_be_proud_of() -> None:
    assert concordance([(True, True)] * 10).kappa is None
    assert concordance([(True, True)] * 5 + [(True, False)] * 5).kappa == 0.0
    assert concordance([]).kappa is None
