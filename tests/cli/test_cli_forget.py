from __future__ import annotations

from pathlib import Path

import pytest

from cli.shells import Shell
from stores.opening import fill
from stores.samples import a_record


@pytest.fixture(autouse=True)
def _filled(shell: Shell) -> None:
    assert shell("migrate").code == 0
    runs = [a_record("run_1", user="u-17"), a_record("run_2", user="u-17", tenant="globex"), a_record("run_3")]
    fill(Path("lanewise.db"), *runs)


def users(shell: Shell) -> list[str | None]:
    return [run["user"] for run in sorted(shell("trace", "--last", "9", "--json").json, key=lambda run: run["run_id"])]


def test_it_asks_and_does_as_it_is_told(shell: Shell) -> None:
    said = shell("forget", "--user", "u-17", typed="n\n")
    assert (said.code, said.out) == (1, "")
    assert "keeps of the user 'u-17' in all tenants, for good?" in said.err
    assert "lanewise: Nothing was removed" in said.err
    assert users(shell) == ["u-17", "u-17", None]
    said = shell("forget", "--user", "u-17", typed="y\n")
    assert said.code == 0
    assert said.out.startswith("Forgot 'u-17' in 2 runs, 2 traces, 0 captured contents and 0 kept responses; 0 keys")
    assert users(shell) == [None, None, None]


def test_where_nobody_can_be_asked_nothing_is_removed(shell: Shell) -> None:
    said = shell("forget", "--user", "u-17", "--json")
    assert (said.code, said.out) == (1, "")
    assert "write --yes" in said.err
    assert users(shell) == ["u-17", "u-17", None]


def test_of_one_tenant_as_a_document_with_what_was_not_touched(shell: Shell) -> None:
    Path("lanewise.db.schema-0000.20261121T000000Z").write_text("a copy from before a migration")
    said = shell("forget", "--user", "u-17", "--tenant", "globex", "--yes", "--json")
    assert said.json == {
        "runs": 1,
        "traces": 1,
        "contents": 0,
        "responses": 0,
        "keys": 0,
        "elsewhere": ["lanewise.db.schema-0000.20261121T000000Z"],
    }
    assert users(shell) == ["u-17", None, None]
    assert "not touched: lanewise.db.schema-0000" in shell("forget", "--user", "u-17", "--yes").out


def test_a_user_nobody_named(shell: Shell) -> None:
    said = shell("forget", "--user", "u-18", "--yes")
    assert (said.code, said.out) == (0, "No run in all tenants names the user 'u-18'; nothing was removed.\n")


def test_nobody_is_asked_about_a_store_that_is_not_there(shell: Shell) -> None:
    said = shell("forget", "--user", "u-17", "--store", "none.db", typed="y\n")
    assert said.code == 1
    assert "for good?" not in said.err
    assert "There is no store at 'none.db'" in said.err
