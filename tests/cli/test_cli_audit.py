from __future__ import annotations

from pathlib import Path

from cli.shells import Shell
from stores.opening import sql


def test_the_log_is_printed_and_found_sound(shell: Shell) -> None:
    (made,) = shell("keys", "create", "--tenant", "acme", "--json").json
    shell("keys", "revoke", made["key_id"])
    told = shell("audit", "--json").json
    assert [(each["act"], each["who"]) for each in told] == [
        ("key.create", "command line"),
        ("key.revoke", "command line"),
    ]
    assert [each["number"] for each in shell("audit", "--last", "1", "--json").json] == [2]
    assert shell("audit", "--act", "key.create", "--tenant", "acme", "--since", "1h", "--json").json == told[:1]
    assert "key.revoke" in shell("audit").out
    assert shell("audit", "--act", "verdict").err == "No such act is in the log.\n"

    said = shell("audit", "verify")
    assert (said.code, said.out.startswith("Sound: 2 acts. The last one is 2:")) == (0, True)
    known = said.out.split()[-1]
    shell("keys", "create", "--tenant", "acme")
    assert shell("audit", "verify", "--known", known, "--json").json["sound"]


def test_a_log_that_somebody_changed_is_not_sound(shell: Shell) -> None:
    for _ in range(2):
        shell("keys", "create", "--tenant", "acme")
    with sql(Path("lanewise.db")) as connection:
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute("UPDATE audit SET who = 'somebody else' WHERE number = 1")
    said = shell("audit", "verify")
    assert (said.code, said.out) == (1, "Not sound: row 1 is not as it was written.\n")
    told = shell("audit", "verify", "--json")
    assert (told.code, told.json["sound"]) == (1, False)
    assert "42:0f3c" in shell("audit", "verify", "--known", "all").err
