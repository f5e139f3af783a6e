from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import RenderableType

from lanewise.operations.books import Difference
from lanewise.operations.render import differences_view, duration, keys_view, plain, report_view, share, show
from lanewise.operations.report import report
from stores.opening import database_of, fill
from stores.samples import a_call, a_record, a_trace


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(view: RenderableType, file: io.StringIO | None = None) -> str:
    file = file or io.StringIO()
    show(view, file)
    return file.getvalue()


async def report_of(store: Path) -> str:
    async with database_of(store) as database:
        return shown(report_view(await report(database)))


async def test_the_report_shows_every_lane_in_one_line_of_each_table(store: Path) -> None:
    failed = a_call(failure="overloaded")
    fill(
        store,
        *(a_record(f"run_{n}", lane="small", latency_us=1_200_000) for n in range(3)),
        a_record(
            "run_9", lane="reasoning", latency_us=45_000_000, outcome="fallback", calls=2, unpriced_calls=1, degraded=True,
            output_tokens=300, reasoning_tokens=200, trace=a_trace(failed, a_call(iteration=1, reason="fallback: overloaded")),
        ),
    )  # fmt: skip
    text = await report_of(store)
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    assert ["small", "3", "75.0%", "7.4%", "75.0%", "success 3"] in rows
    assert ["reasoning", "1", "25.0%", "92.6%", "25.0%", "fallback 1"] in rows
    assert ["small", "1.2 s", "1.2 s", "200 ms", "200 ms", "0.00"] in rows
    assert ["reasoning", "45.0 s", "45.0 s", "200 ms", "200 ms", "2.00"] in rows
    assert ["reasoning", "$0.00010", "$0.00", "$0.00", "$0.00", "$0.00020", "$0.00030"] in rows
    assert ["reasoning", "2", "1", "1", "1", "0"] in rows
    assert ["summarize", "standard", "overloaded", "1", "0"] in rows
    assert ["1", "fallback: overloaded", "1"] in rows
    assert "1 calls have no known price and are not in any cost: set `prices` in the policy." in text
    assert text.splitlines()[0].rstrip() == "4 requests of all tenants since the beginning: 48.6 s, $0.0012"


async def test_no_figure_is_cut_on_a_terminal_of_80_columns(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    costs = dict.fromkeys(("cost_input", "cost_cached", "cost_cache_write", "cost_reasoning", "cost_output"), 321_000)
    large = {"lane": "reasoning_low", "latency_us": 999_900_000, "first_token_us": 999_900_000}
    fill(store, a_record("run_1", **large, **costs, cost_nanousd=5 * 321_000))
    async with database_of(store) as database:
        text = re.sub("\x1b\\[[0-9;]*m", "", shown(report_view(await report(database)), Terminal()))
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "$0.0016" in text


async def test_an_empty_report_says_so(store: Path) -> None:
    assert "Nothing was asked yet." in await report_of(store)


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    view = differences_view([Difference(where="a/b", what="calls", ledger=1, books=2)])
    assert "\x1b[" not in shown(view)
    assert "\x1b[" in shown(view, Terminal())


def test_what_callers_and_vendors_say_cannot_steer_the_terminal_or_be_read_as_markup() -> None:
    text = shown(plain("[red]x[/red] \x1b]0;owned\x07\x1b[2J \u202e é ü 漢"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[red]x[/red] \\x1b]0;owned" in text
    assert "é ü 漢" in text


def test_keys_are_shown_without_what_is_not_there() -> None:
    key = {
        "key_id": "key_1",
        "tenant": "acme",
        "name": "",
        "admin": True,
        "created": "2026-09-21T00:00:00+00:00",
        "expires": None,
        "revoked": None,
    }
    text = shown(keys_view([key]))
    assert "key_1" in text
    assert "None" not in text


def test_books_that_agree_are_said_to() -> None:
    assert "equals the vendors' books to the unit" in shown(differences_view([]))
    assert "-1" in shown(differences_view([Difference(where="a/b", what="calls", ledger=1, books=2)]))


@pytest.mark.parametrize(
    ("us", "text"),
    [(None, "-"), (0, "0 µs"), (999, "999 µs"), (1500, "2 ms"), (999_000, "999 ms"), (45_000_000, "45.0 s")],
)
def test_durations(us: int | None, text: str) -> None:
    assert duration(us) == text


def test_shares() -> None:
    assert share(225 / 411) == "54.7%"
