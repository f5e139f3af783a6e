from __future__ import annotations

from pathlib import Path

from lanewise.cli.key_desks import FileDesk, desk_of
from lanewise.operations.keys import Wanted
from stores.opening import sql


def test_without_a_gateway_the_file_itself_is_worked_on(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    desk = desk_of(store)
    assert isinstance(desk, FileDesk)
    made = desk.create(Wanted(tenant="acme", user="anna", lanes=["small"]), 2)
    assert {each["key_id"] for each in desk.list("acme")} == {each["key_id"] for each in made}
    assert desk.list("globex") == []
    rotated = desk.rotate(made[0]["key_id"], 60)
    assert rotated is not None
    assert rotated["key"] != made[0]["key"]
    assert desk.revoke(made[0]["key_id"])
    assert desk.rotate(made[0]["key_id"], 60) is None
    with sql(store) as connection:
        acts = connection.execute("SELECT act, who, origin, subject FROM audit ORDER BY number").fetchall()
    ids = [each["key_id"] for each in made]
    here = ("command line", "this machine")
    assert acts == [
        ("key.create", *here, ids[0]),
        ("key.create", *here, ids[1]),
        ("key.rotate", *here, ids[0]),
        ("key.revoke", *here, ids[0]),
    ]
