"""On the hot path no call of many names goes by way of a dictionary (decision 0003)."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import CodeType

import pytest

from house.pages import ROOT

SOURCE = ROOT / "src" / "lanewise"
ROOMS = ("core", "limits", "pipeline", "providers", "routers", "server", "stores", "telemetry", "wire")


def codes_in(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_in(constant)


def by_dictionary(path: Path) -> Iterator[str]:
    """Calls for which a dictionary is made of names that stand in the code."""
    for code in codes_in(compile(path.read_text(), str(path), "exec")):
        steps = list(dis.get_instructions(code))
        for before, step in pairwise(steps):
            made = before.opname in ("MAP_ADD", "BUILD_CONST_KEY_MAP", "DICT_UPDATE")
            if made and step.opname == "CALL_FUNCTION_EX":
                yield f"{path.name}, {code.co_qualname}"


@pytest.mark.parametrize("room", ROOMS)
def test_who_passes_more_than_fifteen_names_does_so_by_way_of_two_dots(room: str) -> None:
    assert [each for path in sorted((SOURCE / room).rglob("*.py")) for each in by_dictionary(path)] == []


@pytest.mark.parametrize(("called", "noticed"), [("Made", True), ("core.made.Made", False)])
def test_sixteen_names_are_noticed(called: str, *, noticed: bool, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        f"from lanewise import core\n\n{called}({', '.join(f'name_{number}=1' for number in range(16))})\n"
    )

    assert bool(list(by_dictionary(program))) is noticed
