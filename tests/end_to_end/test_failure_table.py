"""Every line of docs/reference/failures.md is seen here: a real gateway, vendors that fail on real sockets, the official SDK."""

from __future__ import annotations

import os

import pytest

from end_to_end.failure_cases import CASES, TITLES
from end_to_end.failure_cells import Evidence, cells
from end_to_end.failure_page import COMMAND, PAGE, page
from end_to_end.failure_rows import Case
from end_to_end.failure_scene import play_all


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Evidence]:
    """All rows, played once beside each other."""
    return play_all(CASES, tmp_path_factory.mktemp("failures"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: TITLES[case.key])
def test_a_failure_is_seen_as_it_should_be(evidence: dict[str, Evidence], case: Case) -> None:
    assert cells(case, evidence[case.key]) == case.expect


def test_no_line_is_there_twice() -> None:
    assert len(set(TITLES.values())) == len(CASES)


def test_the_page_says_what_was_seen(evidence: dict[str, Evidence]) -> None:
    text = page(CASES, {case.key: cells(case, evidence[case.key]) for case in CASES})
    if os.environ.get("LANEWISE_WRITE_FAILURES"):
        PAGE.write_text(text)
    assert PAGE.read_text() == text, f"docs/reference/failures.md is not what was seen; write it anew with: {COMMAND}"
