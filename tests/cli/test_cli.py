from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from cli.shells import Shell
from lanewise.cli import COMMANDS
from processes import clean_environment

HEAVY = ["aiohttp", "alembic", "fastapi", "genai_prices", "pydantic", "sqlalchemy"]
BUILT = [name for name in COMMANDS if find_spec(f"lanewise.cli.{name}")]

HELP = """
import json, sys
from lanewise.cli import main
sys.argv = ["lanewise", *sys.argv[1:], "--help"]
main()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def imported_by_help(*command: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", HELP, *command], capture_output=True, text=True, check=True, env=clean_environment()
    )
    assert "Usage:" in done.stdout
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("command", [(), ("check",), ("keys", "create"), ("report",), ("serve",)], ids=" ".join)
def test_help_imports_nothing_that_is_slow(command: tuple[str, ...]) -> None:
    modules = imported_by_help(*command)
    assert "lanewise.cli" in modules
    assert [name for name in HEAVY if name in modules] == []


def test_help_lists_every_command_in_the_order_a_newcomer_needs_them(shell: Shell) -> None:
    said = shell("--help")
    assert said.code == 0
    places = [said.out.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)


@pytest.mark.parametrize("command", BUILT)
def test_every_command_has_help(command: str, shell: Shell) -> None:
    said = shell(command, "-h")
    assert (said.code, said.err) == (0, "")
    assert f" {command} [OPTIONS]" in said.out.splitlines()[0]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["chek"], "check"),
        (["serv"], "serve"),
        (["keys", "lits"], "list"),
        (["report", "--tenent", "a"], "--tenant"),
    ],
)
def test_a_slip_of_the_finger_is_told_what_was_meant(typed: list[str], meant: str, shell: Shell) -> None:
    said = shell(*typed)
    assert (said.code, said.out) == (2, "")
    assert f"Did you mean '{meant}'?" in said.err


def test_a_command_that_is_like_no_other_is_told_all_of_them(shell: Shell) -> None:
    said = shell("quux")
    assert said.code == 2
    assert "Commands: serve, simulate, demo, drill, check" in said.err


@pytest.mark.parametrize("command", [["keys", "list"], ["keys", "revoke", "key_1"], ["trace", "--last"], ["report"]])
def test_a_store_that_is_not_there_is_named_and_not_made(command: list[str], shell: Shell, tmp_path: Path) -> None:
    said = shell(*command, "--store", "none.db", "--json")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("lanewise: There is no store at 'none.db'")
    assert "--store" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["keys", "create", "--tenant", "a"], ["keys", "list"], ["report"], ["migrate"]])
def test_a_file_that_is_no_store_is_refused_and_left_alone(command: list[str], shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Buy milk, and then some more milk, and then some bread." * 20)
    before = (tmp_path / "notes.txt").read_bytes()
    said = shell(*command, "--store", "notes.txt")
    assert (said.code, said.out) == (1, "")
    assert "notes.txt" in said.err
    assert "not a database" in said.err
    assert (tmp_path / "notes.txt").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]
