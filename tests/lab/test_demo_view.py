"""What a newcomer reads: in 80 columns, with every figure, and with what failed."""

from __future__ import annotations

import dataclasses
import io
import json

from rich.console import Console

from lanewise.lab.asking import Answered, Switch
from lanewise.lab.checks import Check
from lanewise.lab.demo import DemoResult, OutageSeen, Part
from lanewise.lab.demo_checked import CheckedPart
from lanewise.lab.demo_figures import by_lane, failovers, figures
from lanewise.lab.demo_view import Setting, demo_json, demo_view, look_next

SWITCH = Switch(from_="simthropic/sim-opus", to="simopen/sim-reasoner", reason="fallback: server_error")
ANSWERS = [
    Answered(question_id=f"q{number}", stream=False, lane=lane, right=right, latency_us=wait_us, cost_nanousd=cost)
    for lane, number, right, wait_us, cost in (
        ("small", 1, True, 122_000, 68_000),
        ("small", 2, False, 415_000, 70_000),
        ("reasoning_low", 3, None, 1_100_000, 62_000_000),
        ("reasoning", 4, True, 14_980_000, 25_123_456_789),
    )
]
ANSWERS[3] = dataclasses.replace(ANSWERS[3], switches=(SWITCH,))
GOOD = Check(name="every request was answered", passed=True, said="8 of 8 requests were answered in full")
BAD = Check(name="the ledger equals the vendors' books", passed=False, said="1 figures differ from the vendors' books")
SETTING = Setting(requests=4, real=False, time_scale=0.05, seed=0, notes=("Every vendor is simulated.",), kept=None)


def a_part(title: str, model: str, answers: list[Answered]) -> Part:
    return Part(
        title=title,
        model=model,
        lanes=by_lane(answers, ("small", "reasoning_low", "reasoning")),
        total=figures(answers, lane="", of=len(answers)),
        failovers=failovers(answers),
        elapsed_s=6.3,
    )


def a_result(*checks: Check) -> DemoResult:
    whole = [dataclasses.replace(each, lane="reasoning", switches=()) for each in ANSWERS]
    return DemoResult(
        parts=(a_part("routed", "auto", ANSWERS), a_part("everything to reasoning", "lane:reasoning", whole)),
        checked=CheckedPart(
            asked=24,
            as_json=8,
            rejected=20,
            mended=4,
            escalated=16,
            climbed=15,
            proven=23,
            wrong=1,
            cost_nanousd=2_300_000,
            cost_per_proven_nanousd=100_000,
        ),
        outage=OutageSeen(vendor="simthropic", status=503, after_requests=2, lanes=("reasoning",), answers=1),
        checks=checks,
        example_run="run_1",
        elapsed_s=20.0,
    )


def shown(*checks: Check, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(demo_view(a_result(*checks), SETTING))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_fits_80_columns_with_nothing_cut() -> None:
    text = shown(GOOD)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_the_checked_part_begins_with_the_cost_of_a_proven_answer() -> None:
    text = " ".join(shown(GOOD).split())
    assert "$0.00010 per answer that is proven right: 23 of 24 (8 asked for as JSON), for $0.0023 in all." in text
    assert (
        "20 first answers were rejected by their check; asked again with the reason, 4 were mended; 16 went on" in text
    )
    assert "1 were given marked as wrong." in text


def test_every_figure_is_there() -> None:
    text = shown(GOOD)
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert rows["small"][1:] == ["2", "50%", "1/2", "50%", "(9-91)", "122", "ms", "415", "ms", "$0.00014", "$0.00014"]
    assert rows["reasoning_low"][3:5] == ["0/0", "-"]
    assert "1 x simthropic/sim-opus → simopen/sim-reasoner (fallback: server_error)" in text
    assert "After request 2 the vendor simthropic answered HTTP 503 to everything." in text
    compared = "Routed got 66.7% right where everything to reasoning got 66.7%, at 100.0% of its cost and 100.0% of its waiting."
    assert compared in " ".join(text.split())
    assert "Every vendor is simulated." in text
    assert "ok every request was answered" in text


def test_a_failed_check_stands_out() -> None:
    assert "FAILED the ledger equals the vendors' books: 1 figures differ" in " ".join(
        shown(GOOD, BAD, width=120).split()
    )
    assert not a_result(GOOD, BAD).passed


def test_where_to_look_next_names_what_is_kept_or_how_to_keep_it() -> None:
    kept = dataclasses.replace(SETTING, kept="there")
    assert look_next(a_result(GOOD), kept)[:2] == [
        "lanewise trace run_1 --store there/lanewise.db",
        "lanewise report --store there/lanewise.db",
    ]
    assert look_next(a_result(GOOD), SETTING)[0].startswith("lanewise demo --keep DIR")
    real = dataclasses.replace(SETTING, real=True, program=".venv/bin/lanewise")
    assert look_next(a_result(GOOD), real)[0].startswith(".venv/bin/lanewise demo --real --keep DIR")


def test_the_same_is_there_as_data() -> None:
    told = json.loads(json.dumps(demo_json(a_result(GOOD, BAD), SETTING)))
    assert told["passed"] is False
    assert told["simulated"] is True
    assert [lane["lane"] for lane in told["parts"][0]["lanes"]] == ["small", "reasoning_low", "reasoning"]
    assert told["parts"][0]["failovers"] == [
        {"from": "simthropic/sim-opus", "to": "simopen/sim-reasoner", "reason": "fallback: server_error", "count": 1}
    ]
    assert "p50_us" in told["parts"][0]["lanes"][0]
    assert "p50_us" not in told["parts"][0]["total"]  # one number for all hides the lane that hurts
