"""Loops are found while they are written, and only loops."""

from __future__ import annotations

import json
import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intervals import rate
from lanewise.core.repetition import Repetition, RepetitionDetector
from recordings import data_folder

PIECE = "We can rewrite this as $\\frac{b\\overline{a}}{b\\overline{b}} = 0$. "
OPENING = "Let $a$ and $b$ be complex numbers on the unit circle, so that their conjugates are their inverses. "


def read(text: str, chunk: int = 7) -> RepetitionDetector:
    detector = RepetitionDetector()
    for place in range(0, len(text), chunk):
        detector.take(text[place : place + chunk])
    detector.finish()
    return detector


def found_at(text: str) -> int:
    """Characters that had come when a loop was found."""
    detector = RepetitionDetector()
    for place, char in enumerate(text):
        if detector.take(char):
            return place + 1
    raise AssertionError("no loop was found")


@given(st.integers(40, 1_000), st.integers(0, 5_000))
def test_a_loop_is_found_within_four_periods(period: int, seed: int) -> None:
    random = Random(seed)
    piece = "".join(random.choice("abcdefghij ,.") for _ in range(period))
    assert found_at(OPENING + piece * 6) <= len(OPENING) + max(4 * period, 160) + 16


def test_a_short_loop_is_found_once_it_fills_its_least_length() -> None:
    assert found_at(OPENING + "ha" * 400) <= len(OPENING) + 160 + 16


def test_where_it_begins_and_what_it_wastes_is_told() -> None:
    text = OPENING + PIECE * 20
    found = read(text).found
    assert found is not None
    assert found.onset == pytest.approx(len(OPENING), abs=2)
    assert found.period == len(PIECE)
    assert found.wasted(len(text)) == len(text) - found.onset - len(PIECE)


def test_a_loop_that_was_left_is_no_loop_at_the_end() -> None:
    detector = read(OPENING + PIECE * 10 + "But that leads nowhere. So $a = b$, and the answer is 42.")
    assert detector.found is None
    assert detector.left > 8 * len(PIECE)


@given(st.text(alphabet="ab \n", max_size=400), st.integers(1, 50))
def test_how_a_text_is_cut_changes_nothing(text: str, chunk: int) -> None:
    assert read(text * 3, chunk).found == read(text * 3, len(text * 3) or 1).found


def test_tables_lists_and_rules_are_no_loops() -> None:
    table = "".join(f"| {n} | item {n} | {n * n} |\n" for n in range(200))
    assert read(table).found is None
    assert read("# Title\n" + "=" * 120 + "\n\nText. " + "-" * 120 + "\nMore text.").found is None


@pytest.mark.parametrize("piece", ["-", "=", "_", ".", " ", "- "])
def test_a_line_that_is_drawn_is_longer_before_it_is_a_loop(piece: str) -> None:
    line = (piece * 500)[:500]
    detector = RepetitionDetector()
    detector.take(f"{OPENING}| a |\n|{line}|\n| wide table |\n")
    assert detector.finish() is None
    assert detector.left == 0
    assert found_at(OPENING + piece * 1_000) <= len(OPENING) + 4 * 160 + 16


def test_memory_and_work_do_not_grow_with_the_text() -> None:
    random = Random(4)
    detector = RepetitionDetector()
    begun = time.process_time()
    for _ in range(20_000):
        detector.take("".join(random.choices("abcdefgh ", k=20)))
    assert time.process_time() - begun < 3
    assert len(detector._tail) < 20_000
    assert Repetition(onset=1, period=2, found_at=9, piece="ab").wasted(9) == 6


@pytest.mark.data
def test_recorded_traces_of_models(capsys: pytest.CaptureFixture[str]) -> None:
    """Silver labels: an exact periodic tail is a loop; a text that ends with an answer is none, though it may have been in one."""
    file = data_folder() / "verifiers" / "loops" / "zeroeval_traces.jsonl"
    if not file.exists():
        pytest.skip(f"needs {file}; set LANEWISE_DATA to the folder that holds `verifiers`")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    loops = [row for row in rows if row["loop"]]
    others = [row for row in rows if row["loop"] is False]
    hits, soon, alarms, passing, wasted, chars = 0, 0, 0, 0, 0, 0
    for row in loops:
        found = read(row["text"], 64).found
        hits += found is not None
        if found is not None:
            soon += found.found_at <= row["onset_char"] + max(4 * row["period"], 160) + 16
            wasted, chars = wasted + found.wasted(row["chars"]), chars + row["chars"]
    for row in others:
        detector = read(row["text"], 64)
        alarms += detector.found is not None
        passing += detector.left > 0
    unlabelled = sum(read(row["text"]).found is not None for row in rows if row["loop"] is None)
    with capsys.disabled():
        print(
            "\nLoops (silver): " + rate("recall", hits, len(loops)) + "; " + rate("false alarms", alarms, len(others))
        )
        print(rate("found within four periods, or 160 characters of short ones", soon, len(loops)))
        print(
            rate("were in a loop and left it", passing, len(others))
            + f"; waste {100 * wasted / chars:.0f} % of the loops' text"
        )
        print(f"of {len(rows) - len(loops) - len(others)} unlabelled ones {unlabelled} end in a loop")
    assert hits / len(loops) >= 0.95
    assert alarms / len(others) <= 0.01
    assert soon == hits
