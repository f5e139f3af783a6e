from __future__ import annotations

import pytest

from config.made_up import VERIFIERS, SchemaOptions
from lanewise.config.options import WrongOptions, read_options
from walking import deployment

SCHEMA, JUDGE = VERIFIERS["json_schema"], VERIFIERS["judge"]


def test_texts_become_what_the_verifier_declares() -> None:
    assert read_options(SCHEMA, {"most": "3"}, {}) == SchemaOptions(most=3)


def test_json_of_any_shape_is_read_as_yaml_reads_it() -> None:
    written = {"schema": {"minimum": "5", "enum": ["a", "true", "null", "1.5"], "title": "no: yes"}}
    options = read_options(SCHEMA, written, {})
    assert isinstance(options, SchemaOptions)
    assert options.schema == {"minimum": 5, "enum": ["a", True, None, 1.5], "title": "no: yes"}


def test_a_deployment_is_named_and_given() -> None:
    nano = deployment("openai/nano")
    options = read_options(JUDGE, {"deployment": "openai/nano"}, {"openai/nano": nano})
    assert options.deployment is nano  # type: ignore[attr-defined]
    assert (JUDGE.models, JUDGE.needed) == (("deployment",), ("deployment",))


@pytest.mark.parametrize(
    ("written", "place"), [({"most": "many"}, ("most",)), ({"other": "1"}, ()), ({"schema": ["a"]}, ("schema",))]
)
def test_what_cannot_be_read_says_where(written: dict[str, object], place: tuple[str, ...]) -> None:
    with pytest.raises(WrongOptions) as caught:
        read_options(SCHEMA, written, {})
    assert caught.value.place == place
