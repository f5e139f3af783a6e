"""The page of clients says what the scripts prove, no row more and none less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clients.cases import CLIENTS, Client
from clients.install import HERE
from clients.page import PAGE, rows_of, rows_wanted


def test_the_page_has_a_row_for_every_check_and_every_cell_passed() -> None:
    assert rows_of(PAGE.read_text()) == rows_wanted()


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
