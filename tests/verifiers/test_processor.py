"""What a process got of the processor, from readings that are stated, and from a process that really runs, sleeps or is stopped."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lanewise.verifiers import processor
from lanewise.verifiers.processor import UNKNOWN, Share, own_share, pressure_s, share_of

UP_S = 1_000.0
TICKS = processor._TICKS_PER_S


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine's /proc with nobody in it yet, up for 1,000 s."""
    (tmp_path / "uptime").write_text(f"{UP_S} 5000.0\n")
    return tmp_path


def stat(pid: int, *, state: str, parent: int, ran_s: float, ended_s: float, age_s: float) -> str:
    fields = ["0"] * 50
    fields[0], fields[1] = state, str(parent)
    fields[11], fields[13] = str(round(ran_s * TICKS)), str(round(ended_s * TICKS))
    fields[19] = str(round((UP_S - age_s) * TICKS))
    return f"{pid} (a name) R 7 (with braces) {' '.join(fields)}\n"


def put(
    proc: Path,
    pid: int,
    *,
    state: str = "S",
    parent: int = 1,
    ran_s: float = 0.0,
    waited_s: float = 0.0,
    ended_s: float = 0.0,
    age_s: float = 30.0,
    turns: int = 5,
) -> None:
    """A process of one thread, or its next reading."""
    task = proc / str(pid) / "task" / str(pid)
    task.mkdir(parents=True, exist_ok=True)
    for entry in (proc / str(pid), task):
        entry.joinpath("stat").write_text(
            stat(pid, state=state, parent=parent, ran_s=ran_s, ended_s=ended_s, age_s=age_s)
        )
        entry.joinpath("schedstat").write_text(f"{round(ran_s * 1e9)} {round(waited_s * 1e9)} {turns}\n")


def verdict(share: Share) -> str:
    return share.starved(wall_s=30.0, cpu_s=10.0)


def read(proc: Path, *, pressed_s: float | None = None) -> Share:
    return share_of(50, family=True, pressed_s=pressed_s, proc=proc, pause_s=0.0)


def test_who_slept_by_itself_has_itself_to_blame(machine: Path) -> None:
    put(machine, 50, ran_s=0.2, waited_s=0.4)
    assert read(machine) == Share(ran_s=0.2, waited_s=0.4)
    assert verdict(read(machine)) == ""


def test_who_waited_for_a_processor_has_not(machine: Path) -> None:
    put(machine, 50, state="S", ran_s=4.0, waited_s=24.0)
    assert verdict(read(machine)) == "it waited 24 of 30 s for a processor, and had one for 4 s"


def test_who_used_its_processor_seconds_ran_too_long_however_long_it_waited(machine: Path) -> None:
    put(machine, 50, ran_s=10.5, waited_s=19.0)
    assert verdict(read(machine)) == ""


def test_whose_turn_did_not_come_waits_still_though_the_machine_has_not_added_it_up(machine: Path) -> None:
    put(machine, 50, state="R", ran_s=0.5, waited_s=0.1)
    assert read(machine).waited_s == pytest.approx(29.5, abs=0.05)
    put(machine, 50, state="D", ran_s=0.5, waited_s=0.1)
    assert read(machine).waited_s == pytest.approx(0.1)


def test_who_runs_when_it_is_looked_at_waited_as_long_as_the_second_reading_says(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(machine, 50, state="R", ran_s=9.0, waited_s=0.1, turns=5)
    monkeypatch.setattr(time, "sleep", lambda _: put(machine, 50, state="R", ran_s=9.1, waited_s=0.2, turns=6))
    assert read(machine) == Share(ran_s=9.0, waited_s=0.2)


def test_who_is_stopped_neither_runs_nor_sleeps_by_itself(machine: Path) -> None:
    put(machine, 50)
    put(machine, 51, parent=50, state="T", ran_s=0.3)
    assert verdict(read(machine)) == "it was stopped by a signal, after 0.3 s of CPU"


def test_all_that_descends_from_it_counts_and_nobody_else_does(machine: Path) -> None:
    put(machine, 50, ran_s=1.0)
    put(machine, 53, parent=50, ran_s=2.0)
    put(machine, 52, parent=53, ran_s=4.0, waited_s=3.5)
    put(machine, 60, parent=1, ran_s=100.0, waited_s=29.0, state="T")
    assert read(machine) == Share(ran_s=7.0, waited_s=3.5)
    assert share_of(50, proc=machine, pause_s=0.0) == Share(ran_s=1.0, waited_s=0.0)


def test_of_children_that_have_ended_the_waiting_is_at_most_what_anybody_waited(machine: Path) -> None:
    put(machine, 50, ran_s=0.1, ended_s=3.0)
    assert verdict(read(machine)) == ""
    pressure = machine / "pressure"
    pressure.mkdir()
    pressure.joinpath("cpu").write_text("some avg10=90.00 avg60=20.0 avg300=5.0 total=120000000\nfull total=0\n")
    assert pressure_s(proc=machine) == 120.0
    assert verdict(read(machine, pressed_s=119.0)) == ""
    assert verdict(read(machine, pressed_s=95.0)) == "it waited 25 of 30 s for a processor, and had one for 3.1 s"


@pytest.mark.parametrize("spoil", ["schedstat", "stat", "uptime"])
def test_where_it_cannot_be_read_nobody_is_to_blame(machine: Path, spoil: str) -> None:
    put(machine, 50)
    for each in (machine, machine / "50", machine / "50" / "task" / "50"):
        if (each / spoil).exists():
            (each / spoil).write_text("nonsense")
    assert read(machine) == UNKNOWN
    assert "cannot be read" in verdict(read(machine))
    assert pressure_s(proc=machine) is None
    assert own_share(99, proc=machine) == UNKNOWN


def test_what_came_before_does_not_count(machine: Path) -> None:
    put(machine, 50, ran_s=5.0, waited_s=2.0)
    before = own_share(50, proc=machine)
    put(machine, 50, ran_s=5.5, waited_s=3.5)
    assert share_of(50, proc=machine, pause_s=0.0).since(before) == Share(ran_s=0.5, waited_s=1.5)
    assert UNKNOWN.since(before) == before.since(UNKNOWN) == UNKNOWN


def test_a_process_that_really_runs_is_seen_to_run() -> None:
    if own_share(1) == UNKNOWN:
        pytest.skip("this kernel does not tell what a process got of the processor")
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "while True: pass"]) as running:
        try:
            while (share := share_of(running.pid)).ran_s < 0.1:
                assert running.poll() is None
        finally:
            running.kill()
    assert share.waited_s is not None
    assert not share.stopped
    assert share.starved(wall_s=0.0, cpu_s=0.1) == ""
