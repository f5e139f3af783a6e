from __future__ import annotations

import pytest

from lanewise.bootstrap.checking import Verifiers, strategies, verifier_rows
from lanewise.bootstrap.verifiers import VERIFIERS
from lanewise.core.policy import Check
from lanewise.core.protocols.verifier import COSTS
from lanewise.verifiers.json_schema import Options
from lanewise.verifiers.read_apart import ReadApart


class Working:
    """Workers that do nothing."""

    calculate = staticmethod(lambda task: None)
    read = staticmethod(lambda reading: None)


def test_every_verifier_has_a_row_with_its_options() -> None:
    rows = verifier_rows()
    assert list(rows) == list(VERIFIERS)
    assert rows["json_schema"].options is Options
    assert all(row.stand_in is None or row.stand_in in rows for row in rows.values())


@pytest.mark.parametrize("name", [name for name, verifier in VERIFIERS.items() if verifier.stand_in])
def test_a_stand_in_costs_less_than_the_verifier_that_is_down(name: str) -> None:
    verifier = VERIFIERS[name]
    assert COSTS.index(VERIFIERS[verifier.stand_in].cost) < COSTS.index(verifier.cost)


def test_a_verifier_that_asks_a_model_costs_one() -> None:
    asking = {name for name, row in verifier_rows().items() if row.models}
    assert asking == {name for name, row in verifier_rows().items() if row.cost == "model"}


def test_what_a_verifier_has_against_its_options_is_said() -> None:
    row = verifier_rows()["json_schema"]
    assert row.why_refused(Options()) == ""
    assert row.why_refused(Options(schema={"type": "nonsense"})) != ""


def test_a_check_s_verifier_is_made_once() -> None:
    made = Verifiers(Working())
    one, other = (
        Check(verifier="json_schema", options=Options()),
        Check(verifier="json_schema", options=Options(tools=False)),
    )
    assert made(one) is made(one)
    assert made(one) is not made(other)


def test_strategies_have_the_names_of_the_policy() -> None:
    assert set(strategies()) == {"draft", "vote", "best_of_n", "search"}


def test_a_verifier_is_made_with_the_workers_that_it_needs() -> None:
    made = Verifiers(Working())(Check(verifier="math_answer"))
    assert made is not None


def test_what_only_reads_is_asked_elsewhere_about_long_answers() -> None:
    reading = {name for name, verifier in VERIFIERS.items() if hasattr(verifier, "quick_chars")}
    assert reading == {"json_schema", "loops", "citations", "form", "business_rules"}
    assert isinstance(Verifiers(Working())(Check(verifier="loops")), ReadApart)
    assert not isinstance(Verifiers(Working())(Check(verifier="math_answer")), ReadApart)
