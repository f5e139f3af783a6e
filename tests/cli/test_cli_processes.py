from __future__ import annotations

import json

from cli.shells import Shell
from lanewise.stores.address import PostgresStore
from stores.opening import sql


def test_who_serves_is_told_and_that_they_go_by_different_policies(postgres_store: PostgresStore, shell: Shell) -> None:
    said = shell("processes", "--store", postgres_store.url)
    assert (said.code, said.out) == (0, "")
    assert "none runs, or the store is a file" in said.err
    with sql(postgres_store) as connection:
        for number, policy in enumerate(("v1", "v1", "v2")):
            connection.execute(
                "INSERT INTO processes (process, host, url, version, policy, seal, pid, begun_us, seen_us) "
                f"VALUES ('p{number}', 'box', '{'http://127.0.0.1:8081' if number else ''}', '1.0', '{policy}', 'k', 7, {number}, 9)"
            )
    said = shell("processes", "--store", postgres_store.url)
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines] == ["process", "p0", "p1", "p2"]
    assert "starting" in lines[1]
    assert "http://127.0.0.1:8081" in lines[2]
    assert "They serve by different policies" in said.err
    listed = json.loads(shell("processes", "--store", postgres_store.url, "--json").out)
    assert [each["policy"] for each in listed] == ["v1", "v1", "v2"]
