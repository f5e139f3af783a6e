from __future__ import annotations

import pytest

from lanewise.core.acts import Act, Actor
from lanewise.core.errors import InvalidRequest
from lanewise.operations.audit import acts, acts_view, examined, known_row
from lanewise.stores.address import Store
from lanewise.stores.audit_log import AuditLog
from operations.screens import shown
from stores.opening import database_of
from walking import SetClock


async def test_acts_are_plain_values_and_a_table(store: Store) -> None:
    async with database_of(store) as database:
        log = AuditLog(database, SetClock(1_790_000_000.0))
        actor = Actor(who="key_1", where="10.0.0.7")
        await log.append(Act(actor=actor, name="policy.reload", subject="p-2", detail={"from": "p-1", "to": "p-2"}))
        told = await acts(log)
        check = await examined(log)
    assert told == [
        {
            "number": 1,
            "at": "2026-09-21T14:13:20+00:00",
            "who": "key_1",
            "from": "10.0.0.7",
            "act": "policy.reload",
            "tenant": "",
            "subject": "p-2",
            "detail": {"from": "p-1", "to": "p-2"},
        }
    ]
    text = shown(acts_view(told))
    assert "2026-09-21 14:13:20" in text
    assert "from p-1, to p-2" in text
    assert (check["sound"], check["wrong"], check["last"], len(check["digest"])) == (True, "", 1, 64)


def test_a_known_row_is_a_number_and_a_digest() -> None:
    assert known_row("42:0f3c") == (42, "0f3c")
    for text in ("42", ":0f", "x:0f", "42:", "9" * 30 + ":0f"):
        with pytest.raises(InvalidRequest, match="42:0f3c"):
            known_row(text)
