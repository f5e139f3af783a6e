"""The page of clients says what the scripts prove, no row more and none less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clients.cases import CLIENTS, Client
from clients.counted import Counted
from clients.install import HERE
from clients.page import PAGE, page, rows_of, rows_wanted, rules_lines, suite_rows_of, suite_rows_wanted
from clients.refusals import every_rule
from clients.suites import SUITES, Row


def test_the_page_has_a_row_for_every_check_and_every_cell_passed() -> None:
    assert rows_of(PAGE.read_text()) == rows_wanted()


def test_the_page_has_a_row_for_every_suite_that_passed_and_nothing_failed() -> None:
    rows = suite_rows_of(PAGE.read_text())
    assert [row[:3] for row in rows] == suite_rows_wanted()
    for *named, passed, refused, failed in rows:
        ruled = any((rule.suite, rule.subject) == (named[0], named[1]) for rule in every_rule())
        assert int(passed) > 0
        assert (int(refused) > 0) == ruled
        assert failed == "0"


def test_the_page_says_what_is_refused_and_why() -> None:
    assert "\n".join(rules_lines()) in PAGE.read_text()


def test_what_a_suite_came_to_is_read_from_the_page_as_it_was_written() -> None:
    counted = Counted(passed=7, refused=2, failures=("one",))
    row = Row(suite="s", version="s 1", subject="all", vendor="Gemini generateContent", counted=counted)
    assert suite_rows_of(page([], [row])) == [("s", "all", "Gemini generateContent", "7", "2", "1")]
    assert {suite.environment for suite in SUITES} >= {
        "openai-suite",
        "anthropic-suite",
        "open-responses",
        "schemathesis",
    }


@pytest.mark.parametrize("client", [each for each in CLIENTS if each.script], ids=lambda each: each.name)
def test_every_check_that_is_promised_is_in_its_script(client: Client) -> None:
    script = (HERE / "scripts" / client.script).read_text()
    if client.kind == "python":
        told = set(
            re.findall(
                r'^ *"([^"]+)": ', script.partition("\ntell(")[2].replace("{", "\n").replace(", ", "\n"), re.MULTILINE
            )
        )
        assert told == {check for _, check in client.rows}
    else:
        assert all(check.removesuffix(" stream") in script for _, check in client.rows)


@pytest.mark.parametrize("lock", sorted((HERE / "locks").glob("*.lock")), ids=lambda lock: lock.stem)
def test_a_lock_of_python_clients_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text


@pytest.mark.parametrize("lock", sorted((HERE / "node").glob("*/package-lock.json")), ids=lambda lock: lock.parent.name)
def test_a_lock_of_node_clients_has_hashes_and_does_not_say_where_from(lock: Path) -> None:
    text = lock.read_text()
    assert '"integrity": "sha512-' in text
    assert '"resolved"' not in text
