from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from lanewise.core.record import CapturedContent, CheckRecord, KeptAnswer, Trace
from lanewise.core.verdict import digest_of_name
from lanewise.stores.address import PostgresStore
from lanewise.stores.ledger_postgres import LedgerPostgres
from lanewise.stores.ledger_rows import Kept, StoreDown
from stores.opening import held, run_ids, sql
from stores.samples import a_call, a_record, a_trace


@pytest.fixture
def end(postgres_store: PostgresStore) -> Iterator[LedgerPostgres]:
    end = LedgerPostgres(postgres_store, lock_timeout_s=0.1)
    end.open()
    yield end
    end.close()


def kept(*run_ids: str) -> list[Kept]:
    return [Kept(record=a_record(run_id)) for run_id in run_ids]


def an_answer(name: bytes, body: bytes) -> KeptAnswer:
    return KeptAnswer(
        name=name,
        asked=b"a",
        run_id="run_1",
        created_us=1,
        expires_us=2,
        status=200,
        headers=((b"a", b"b"),),
        body=body,
    )


def test_everything_of_a_run_is_committed_together(end: LedgerPostgres, postgres_store: PostgresStore) -> None:
    call = a_call(name="standard/call-0")
    waits = CheckRecord(
        verifier="webhook", kind="evidence", verdict="unverifiable", lane="standard", deferred="msg_1", of=""
    )
    trace = a_trace(call, checks=(waits,), answer="standard/call-")
    content = CapturedContent(request=b'{"a": 1.10}', answer=b"\x00\xff")
    row = Kept(record=a_record("run_1", trace=trace), content=content, answer=an_answer(b"n", b"\x00body"))
    assert end.write([row, *kept("run_2")]) == {}
    with sql(postgres_store) as connection:
        assert connection.execute("SELECT request, answer FROM contents").fetchall() == [(b'{"a": 1.10}', b"\x00\xff")]
        traces = connection.execute("SELECT trace FROM traces ORDER BY run_id").fetchall()
        assert [msgspec.json.decode(each, type=Trace) for (each,) in traces] == [trace, a_record().trace]
        assert connection.execute("SELECT verifier, verdict, score, name FROM later_verdicts").fetchall() == [
            ("webhook", "awaited", None, digest_of_name("msg_1"))
        ]
        assert connection.execute("SELECT name, size_bytes, body FROM kept_answers").fetchall() == [
            (b"n", 13, b"\x00body")
        ]


def test_a_row_that_is_there_already_stays_as_it_is(end: LedgerPostgres, postgres_store: PostgresStore) -> None:
    end.write(kept("run_1"))
    assert end.write([Kept(record=a_record("run_1", cost_nanousd=1)), *kept("run_2", "run_2")]) == {}
    with sql(postgres_store) as connection:
        assert connection.execute("SELECT run_id, cost_nanousd FROM runs ORDER BY run_id").fetchall() == [
            ("run_1", 300_000),
            ("run_2", 300_000),
        ]


def test_the_first_of_two_answers_by_one_name_is_kept_to_its_end(
    end: LedgerPostgres, postgres_store: PostgresStore
) -> None:
    first, second = (an_answer(b"n", b"%d" % number) for number in range(2))
    later = msgspec.structs.replace(second, created_us=first.expires_us, expires_us=first.expires_us + 1)
    with sql(postgres_store) as connection:
        for number, (answer, kept_is) in enumerate(((first, b"0"), (second, b"0"), (later, b"1"))):
            assert end.write([Kept(record=a_record(f"run_{number}"), answer=answer)]) == {}
            assert connection.execute("SELECT body FROM kept_answers").fetchall() == [(kept_is,)]


@pytest.mark.parametrize(
    "fault",
    [{"cost_nanousd": 2**63}, {"tenant": None}, {"reason": "\ud800"}, {"user": secrets.token_hex(8_000)}],
    ids=["too large", "missing value", "not Unicode", "no index takes it"],
)
def test_a_row_the_store_cannot_hold_is_refused_alone(
    end: LedgerPostgres, postgres_store: PostgresStore, fault: dict[str, object]
) -> None:
    refused = end.write([*kept("run_1"), Kept(record=a_record("run_2", **fault)), *kept("run_3")])
    assert list(refused) == [1]
    assert run_ids(postgres_store) == ["run_1", "run_3"]


def test_a_character_that_its_texts_cannot_have_costs_no_row(
    end: LedgerPostgres, postgres_store: PostgresStore
) -> None:
    assert end.write([*kept("run_1"), Kept(record=a_record("run_2", user="a\0b", task="c"))]) == {}
    with sql(postgres_store) as connection:
        found = connection.execute("SELECT \"user\", task FROM runs WHERE run_id = 'run_2'").fetchone()
    assert found == ("a\ufffdb", "c")


def test_a_table_that_another_process_holds_is_down_and_writes_again_once_opened(
    end: LedgerPostgres, postgres_store: PostgresStore
) -> None:
    with held(postgres_store):
        with pytest.raises(StoreDown, match=r"takes no writes: .*lock timeout"):
            end.write(kept("run_1"))
        with pytest.raises(StoreDown, match="takes no writes"):
            end.open()
    with pytest.raises(StoreDown, match="is not open"):
        end.write(kept("run_1"))
    end.open()
    end.write(kept("run_1"))
    assert run_ids(postgres_store) == ["run_1"]


def test_a_connection_that_was_cut_is_made_anew_and_no_row_waits(
    end: LedgerPostgres, postgres_store: PostgresStore
) -> None:
    with sql(postgres_store) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert end.write(kept("run_1")) == {}
    assert run_ids(postgres_store) == ["run_1"]


def test_a_server_that_is_not_there_is_down(postgres_store: PostgresStore) -> None:
    nowhere = replace(postgres_store, url="postgresql://me:s3cret@127.0.0.1:1/x")
    with pytest.raises(StoreDown, match=r"Cannot reach the store 'postgresql://me@127.0.0.1:1/x'") as caught:
        LedgerPostgres(nowhere, 0.1).open()
    assert "s3cret" not in str(caught.value)
