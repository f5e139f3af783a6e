from __future__ import annotations

import datetime as dt
import re
import sys
from pathlib import Path

import pytest

from cli.shells import Shell, Terminal
from lanewise.core.errors import StoreError
from lanewise.operations.keys import KeyDesk, Wanted
from lanewise.stores.sqlite_file import GatewayLock

KEY = re.compile(r"lw_[0-9A-Za-z]{43}")


def test_a_key_is_made_with_its_store_and_is_all_that_is_on_standard_output(shell: Shell, tmp_path: Path) -> None:
    said = shell("keys", "create", "--tenant", "acme", "--name", "web", "--expires", "30d")
    assert said.code == 0
    assert KEY.fullmatch(said.out.strip())
    assert "Made the store 'lanewise.db'" in said.err
    assert not KEY.search(said.err)
    (listed,) = shell("keys", "list", "--json").json
    assert (listed["tenant"], listed["name"], listed["admin"], listed["revoked"]) == ("acme", "web", False, None)
    left = dt.datetime.fromisoformat(listed["expires"]) - dt.datetime.fromisoformat(listed["created"])
    assert abs(left - dt.timedelta(days=30)) < dt.timedelta(minutes=5)
    assert listed["key_id"] in said.err
    secret = said.out.strip().encode()
    assert all(secret not in file.read_bytes() for file in tmp_path.iterdir())  # only its SHA-256 is kept


def test_a_thousand_keys_are_one_list_on_standard_output(shell: Shell) -> None:
    said = shell("keys", "create", "--tenant", "bench", "--count", "1001", "--json", "--store", "bench.db")
    assert said.code == 0
    assert len({row["key"] for row in said.json}) == 1001
    assert {row["tenant"] for row in said.json} == {"bench"}
    listed = shell("keys", "list", "--json", "--store", "bench.db")
    assert {row["key_id"] for row in listed.json} == {row["key_id"] for row in said.json}
    assert not KEY.search(listed.out)


def test_making_many_shows_how_far_it_is(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    assert len(shell("keys", "create", "--tenant", "bench", "--count", "1200").out.split()) == 1200
    assert "Making keys" in screen.getvalue()
    assert "Made 1,200 times one key of the tenant bench" in screen.getvalue()


def test_keys_that_were_made_before_it_broke_are_printed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    make = KeyDesk.create

    async def twice(desk: KeyDesk, wanted: Wanted, *, count: int) -> list[dict[str, object]]:
        if len(await desk.list()) >= 500:
            raise StoreError("the disk is full")
        return await make(desk, wanted, count=count)

    monkeypatch.setattr(KeyDesk, "create", twice)
    said = shell("keys", "create", "--tenant", "bench", "--count", "1200", "--json")
    assert said.code == 1
    assert len(said.json) == 500
    assert "lanewise: the disk is full" in said.err


def test_an_admin_key_needs_no_tenant(shell: Shell) -> None:
    (made,) = shell("keys", "create", "--admin", "--json").json
    assert (made["admin"], made["tenant"]) == (True, "admin")


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ([], "--tenant NAME"),
        (["--tenant", ""], "--tenant: write 1 to 100 printable characters"),
        (["--tenant", "a\nb"], "--tenant: write 1 to 100 printable characters"),
        (["--tenant", "acme", "--name", "x" * 201], "--name: write 0 to 200"),
        (["--tenant", "acme", "--count", "0"], "'--count'"),
        (["--tenant", "acme", "--user", " "], "--user: write 1 to 200"),
        (["--tenant", "acme", "--lane", "a\nb"], "--lane: write 1 to 100"),
        (["--tenant", "*"], "--tenant: '*' stands for all tenants"),
        (["--admin", "--user", "anna"], "--admin: an admin key may be"),
        (["--admin", "--tenant", "acme"], "--tenant: an admin key administers every tenant; leave it out"),
        (["--tenant", "acme", "--door", "chat"], "'--door'"),
        (["--tenant", "acme", "--expires", "soon"], "'soon' is no time; write for example"),
        (["--tenant", "acme", "--expires", "2020-01-01"], "is over already"),
    ],
)
def test_a_wrong_line_makes_nothing_and_says_what_to_write(
    arguments: list[str], wrong: str, shell: Shell, tmp_path: Path
) -> None:
    said = shell("keys", "create", *arguments, "--json")
    assert (said.code, said.out) == (2, "")
    assert wrong in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_tenant_that_the_policy_does_not_name_is_pointed_out(shell: Shell) -> None:
    Path("lanewise.yaml").write_text("store: runs.db\ntenants: {acme: {}}\n")
    assert "does not name the tenant 'acmee' (it names acme)" in shell("keys", "create", "--tenant", "acmee").err
    assert "does not name" not in shell("keys", "create", "--tenant", "acme").err
    assert len(shell("keys", "list", "--json", "--store", "runs.db").json) == 2


def test_the_list_shows_whole_ids_on_a_narrow_screen(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = shell("keys", "create", "--tenant", "a-tenant-of-a-long-name" * 3, "--name", "web" * 20, "--json").json
    shell("keys", "revoke", made["key_id"])
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    shell("keys", "list")
    assert made["key_id"] in screen.getvalue()
    assert "revoked" in screen.getvalue()
    assert "…" not in screen.getvalue()


def test_the_list_of_one_tenant(shell: Shell) -> None:
    assert shell("keys", "create", "--tenant", "acme").code == 0
    assert [each["tenant"] for each in shell("keys", "list", "--tenant", "acme", "--json").json] == ["acme"]
    none = shell("keys", "list", "--tenant", "globex")
    assert (none.code, none.out, none.err) == (0, "", "No keys of the tenant 'globex'.\n")


def test_revoking_is_for_good_and_harmless_twice(shell: Shell) -> None:
    (made,) = shell("keys", "create", "--tenant", "acme", "--json").json
    first = shell("keys", "revoke", made["key_id"])
    assert (first.code, first.out) == (0, f"Revoked {made['key_id']} of the tenant acme.\n")
    again = shell("keys", "revoke", made["key_id"])
    assert again.code == 0
    assert "was revoked already" in again.out
    told = shell("keys", "revoke", made["key_id"], "--json").json
    assert told["was_revoked_before"] is True
    assert shell("keys", "list", "--json").json[0]["revoked"] == told["revoked"]


def test_a_new_secret_is_all_that_is_on_standard_output_and_the_old_one_has_its_end(shell: Shell) -> None:
    (made,) = shell("keys", "create", "--tenant", "acme", "--json").json
    said = shell("keys", "rotate", made["key_id"], "--overlap", "2h")
    assert (said.code, KEY.fullmatch(said.out.strip()) is not None) == (0, True)
    assert said.out.strip() != made["key"]
    assert "the old one is good until" in said.err
    assert "the old one ended now" in shell("keys", "rotate", made["key_id"], "--overlap", "0s").err
    assert "'soon' is no time up to 90d" in shell("keys", "rotate", made["key_id"], "--overlap", "soon").err
    shell("keys", "revoke", made["key_id"])
    assert f"{made['key_id']} was revoked at " in shell("keys", "rotate", made["key_id"]).err


def test_a_key_is_made_as_narrow_as_it_is_asked_for(shell: Shell) -> None:
    options = ("--user", "anna", "--feature", "chat", "--lane", "small", "--lane", "standard", "--door", "gemini")
    (made,) = shell("keys", "create", "--tenant", "acme", *options, "--json").json
    assert (made["user"], made["feature"], made["lanes"]) == ("anna", "chat", ["small", "standard"])
    (listed,) = shell("keys", "list", "--json").json
    assert (listed["doors"], listed["read_only"], listed["plan"]) == (["gemini"], False, None)


def test_an_id_with_a_slip_is_told_the_right_one(shell: Shell) -> None:
    (made,) = shell("keys", "create", "--tenant", "acme", "--json").json
    said = shell("keys", "revoke", made["key_id"][:-1])
    assert (said.code, said.out) == (1, "")
    assert f"Did you mean '{made['key_id']}'?" in said.err
    assert "`lanewise keys list` shows the ids" in shell("keys", "revoke", "web").err


def test_a_key_in_place_of_its_id_is_refused_and_not_repeated(shell: Shell) -> None:
    key = shell("keys", "create", "--tenant", "acme").out.strip()
    said = shell("keys", "revoke", key)
    assert said.code == 2
    assert key not in said.err
    assert "its id (key_...)" in said.err


def test_a_gateway_that_is_about_to_make_the_store_is_not_disturbed(shell: Shell) -> None:
    with GatewayLock(Path("lanewise.db")):
        said = shell("keys", "create", "--tenant", "acme", "--json")
    assert (said.code, said.out) == (1, "")
    assert "in use by another gateway" in said.err
