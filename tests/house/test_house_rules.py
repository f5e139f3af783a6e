"""Each rule of the house fails on a made-up bad file, and lets a good house pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts.house_rules import EXCEPTIONS, check, read_exceptions
from scripts.repository import House

ROOT = Path(__file__).resolve().parents[2]

#: The length of scripts/house_exceptions.toml. Lower it when an exception is removed; it is never raised.
MAXIMUM_EXCEPTIONS = 30

GOOD = {
    "src/lanewise/core/protocols/router.py": '''
        """Routers."""
        from typing import Protocol
        class Router(Protocol):
            def route(self) -> None: ...
    ''',
    "src/lanewise/routers/rules.py": '''
        """Rules."""
        class RuleRouter:
            def route(self) -> None: ...
    ''',
    "src/lanewise/bootstrap.py": '''
        """The composition root."""
        from lanewise.routers.rules import RuleRouter
        def build():
            return RuleRouter()
    ''',
    "tests/routers/test_rules.py": "",
    "tests/test_bootstrap.py": "",
    "tests/contracts/test_router_contract.py": """
        from lanewise.core.protocols.router import Router
        from lanewise.routers.rules import RuleRouter
    """,
    "requirements/dev.lock": "click==8.2.0 --hash=sha256:00",
}

SIX_METHODS = "".join(f"    def verb_{number}(self): ...\n" for number in range(6))

#: rule → the files that break it, and nothing else
BAD: dict[str, dict[str, str]] = {
    "file-size": {"tests/routers/test_rules.py": "pass\n" * 401},
    "function-size": {"tests/routers/test_rules.py": "def test_all():\n" + "    pass\n" * 60},
    "parameters": {"bench/load.py": "def load(a, b, c, *, d, e, f, g): ..."},
    "protocol-size": {
        "src/lanewise/core/wide.py": f'"""Wide."""\nclass Wide(Protocol):\n{SIX_METHODS}',
        "tests/core/test_wide.py": "",
    },
    "inner-import": {"bench/load.py": "def load():\n    import json\n"},
    "global-state": {"bench/load.py": "count = 0\ndef load():\n    global count\n"},
    "word": {"bench/load.py": "class CacheManager: ..."},
    "empty-room": {"src/lanewise/tools/__init__.py": '"""Tools."""'},
    "docstring": {"src/lanewise/core/bare.py": "LIMIT = 1"},
    "plug-in": {
        "src/lanewise/server/chat.py": '"""Chat."""\nfrom lanewise.routers.rules import RuleRouter\n',
    },
    "contract": {
        "src/lanewise/routers/coin.py": '"""Coin."""\nclass CoinRouter:\n    def route(self): ...\n',
        "tests/routers/test_coin.py": "",
    },
    "test-file": {"src/lanewise/routers/odds.py": '"""Odds."""\ndef odds(): ...\n'},
    "test-name": {"tests/server/test_rules.py": ""},
    "machine-path": {"Makefile": "data:\n\tls /" + "home/somebody/data\n"},
    "waiver": {"src/lanewise/core/bare.py": '"""Bare."""\nLIMIT = eval("1")  # noqa: S307\n'},
    "bent-comment": {"src/lanewise/core/bent.py": '"""Bent."""\nLIMIT = max(\n    1\n)  # of all\n'},
    "lock-address": {"requirements/dev.lock": "--index-url https:" + "//packages.example/simple\n"},
}


def furnish(root: Path, files: dict[str, str]) -> House:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        indent = min((len(line) - len(line.lstrip()) for line in text.splitlines() if line.strip()), default=0)
        path.write_text("\n".join(line[indent:] for line in text.splitlines()))
    return House(root)


def test_a_good_house_passes(tmp_path: Path) -> None:
    assert check(furnish(tmp_path, GOOD)) == []


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_file_breaks_exactly_its_rule_and_is_named_with_its_line(rule: str, tmp_path: Path) -> None:
    findings = check(furnish(tmp_path, GOOD | BAD[rule]))
    assert len(findings) == 1
    place, _, say = findings[0].partition(f"[{rule}] ")
    assert place.split(":")[0] == next(iter(BAD[rule]))
    assert place.split(":")[1].isdigit()
    assert len(say) > 20


@pytest.mark.parametrize("name", ["helpers", "JobService", "run_agent", "HTTPHandler", "tiers"])
def test_an_empty_word_is_found_in_snake_and_camel_case_and_in_the_plural(name: str, tmp_path: Path) -> None:
    assert "[word]" in check(furnish(tmp_path, GOOD | {"bench/load.py": f"class {name}: ..."}))[0]


@pytest.mark.parametrize("name", ["frontier", "unchained", "reagent", "Serviceable"])
def test_a_word_that_only_contains_an_empty_one_is_fine(name: str, tmp_path: Path) -> None:
    assert check(furnish(tmp_path, GOOD | {"bench/load.py": f"class {name}: ..."})) == []


def test_a_click_command_may_have_as_many_flags_as_it_needs(tmp_path: Path) -> None:
    command = "@main.command()\ndef serve(a, b, c, d, e, f, g): ..."
    assert check(furnish(tmp_path, GOOD | {"bench/load.py": command})) == []


def test_bootstrap_and_the_room_itself_may_name_a_plug_in(tmp_path: Path) -> None:
    same_room = {"src/lanewise/routers/ladder.py": '"""Ladder."""\nfrom lanewise.routers.rules import RuleRouter\n'}
    assert check(furnish(tmp_path, GOOD | same_room)) == []


def exception(rule: str, where: str, reason: str) -> str:
    return f'[{rule}]\n"{where}" = "{reason}"\n'


def test_an_exception_waives_its_one_place(tmp_path: Path) -> None:
    waived = {EXCEPTIONS: exception("word", "bench/load.py:CacheManager", "the vendor's own name")}
    assert check(furnish(tmp_path, GOOD | BAD["word"] | waived)) == []


def test_an_exception_that_is_no_longer_needed_fails(tmp_path: Path) -> None:
    stale = {EXCEPTIONS: exception("word", "bench/load.py:CacheManager", "the vendor's own name")}
    assert check(furnish(tmp_path, GOOD | stale)) == [
        f"{EXCEPTIONS}: [word] the exception for bench/load.py:CacheManager is not needed: remove it"
    ]


def test_an_exception_without_a_reason_is_refused(tmp_path: Path) -> None:
    house = furnish(tmp_path, GOOD | BAD["word"] | {EXCEPTIONS: exception("word", "bench/load.py:CacheManager", "")})
    with pytest.raises(SystemExit, match="write a reason"):
        check(house)


def test_the_list_of_exceptions_only_shrinks() -> None:
    assert len(read_exceptions(ROOT)) == MAXIMUM_EXCEPTIONS
