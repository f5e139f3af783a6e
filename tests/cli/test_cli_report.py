from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cli.shells import Shell
from stores.opening import fill
from stores.samples import a_record

NOW_US = int(dt.datetime.now(dt.UTC).timestamp() * 1_000_000)
HOUR_US = 3_600_000_000


@pytest.fixture(autouse=True)
def _filled(shell: Shell) -> None:
    assert shell("migrate").code == 0
    fill(
        Path("lanewise.db"),
        a_record("run_1", started_us=NOW_US - 48 * HOUR_US, lane="reasoning"),
        a_record("run_2", started_us=NOW_US - HOUR_US),
        a_record("run_3", started_us=NOW_US - HOUR_US, tenant="globex"),
    )


@pytest.mark.parametrize(
    ("flags", "lanes"),
    [
        ([], {"standard": 2, "reasoning": 1}),
        (["--since", "24h"], {"standard": 2}),
        (["--since", "3d", "--tenant", "acme"], {"reasoning": 1, "standard": 1}),
        (["--tenant", "nobody"], {}),
    ],
)
def test_what_is_asked_for_is_counted(flags: list[str], lanes: dict[str, int], shell: Shell) -> None:
    told = shell("report", *flags, "--json").json
    assert {lane["lane"]: lane["requests"] for lane in told["lanes"]} == lanes
    assert told["requests"] == sum(lanes.values())
    said = shell("report", *flags)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{sum(lanes.values())} requests of ")


@pytest.mark.parametrize(("since", "wrong"), [("last week", "is no time"), ("2126-01-01", "is still to come")])
def test_a_moment_that_is_none_is_refused(since: str, wrong: str, shell: Shell) -> None:
    said = shell("report", "--since", since, "--json")
    assert (said.code, said.out) == (2, "")
    assert f"Invalid value for '--since': '{since}' {wrong}" in said.err


def test_costs_are_told_by_whatever_is_named_as_a_table_as_csv_and_as_json(shell: Shell) -> None:
    told = shell("report", "--by", "tenant,feature", "--json").json
    assert (told["by"], told["runs"]) == (["tenant", "feature"], 3)
    assert sum(line["cost_nanousd"] for line in told["lines"]) == told["cost_nanousd"] > 0
    assert shell("report", "--by", "part", "--csv").out.startswith("part,runs,calls,cost_nanousd,cache_saved_nanousd\n")
    assert "Cost by model" in shell("report", "--by", "model").out
    said = shell("report", "--by", "lane", "--parquet", "lanes.parquet")
    assert (said.code, said.out, said.err) == (0, "", "Wrote 2 rows to 'lanes.parquet'.\n")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (("--csv",), "--csv and --parquet are for --by"),
        (("--by", "team"), "'team' is none. Did you mean 'tenant'? Write one or more of tenant, user, feature"),
        (("--by", "lane", "--csv", "--json"), "not both"),
    ],
)
def test_a_wrong_line_is_told_what_to_write(shell: Shell, line: tuple[str, ...], wrong: str) -> None:
    assert wrong in shell("report", *line).err
