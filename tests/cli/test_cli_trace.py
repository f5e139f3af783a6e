from __future__ import annotations

from pathlib import Path

import pytest

from cli.shells import Shell
from stores.opening import fill
from stores.samples import START_US, a_record


@pytest.fixture
def filled(shell: Shell) -> Path:
    """A store with three runs, a second apart."""
    assert shell("migrate").code == 0
    store = Path("lanewise.db")
    fill(store, *(a_record(f"run_{number}", started_us=START_US + number * 1_000_000) for number in range(3)))
    return store


def test_one_run(shell: Shell, filled: Path) -> None:
    assert shell("trace", "run_1").out.startswith("run_1  success")
    told = shell("trace", "run_1", "--json").json
    assert (told["run_id"], told["trace"]["calls"][0]["deployment"]) == ("run_1", "openai/gpt-5.4-mini")


def test_the_last_runs_are_newest_first(shell: Shell, filled: Path) -> None:
    assert [run["run_id"] for run in shell("trace", "--last", "--json").json] == ["run_2"]
    assert [run["run_id"] for run in shell("trace", "--last", "2", "--json").json] == ["run_2", "run_1"]
    assert [run["run_id"] for run in shell("trace", "--json", "--last", "9").json] == ["run_2", "run_1", "run_0"]


def test_a_run_that_is_not_there_is_named(shell: Shell, filled: Path) -> None:
    said = shell("trace", "run_7", "--json")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("lanewise: There is no run 'run_7' in the store 'lanewise.db'")


@pytest.mark.parametrize("arguments", [[], ["run_1", "--last"], ["--last", "0"], ["--last", "run_1"]])
def test_it_must_be_said_which_run(arguments: list[str], shell: Shell, filled: Path) -> None:
    said = shell("trace", *arguments)
    assert (said.code, said.out) == (2, "")
    assert "--last" in said.err


def test_nothing_was_asked_yet(shell: Shell) -> None:
    assert shell("migrate").code == 0
    assert shell("trace", "--last", "--json").json == []
    said = shell("trace", "--last")
    assert (said.code, said.out, said.err) == (0, "", "Nothing was asked yet.\n")
