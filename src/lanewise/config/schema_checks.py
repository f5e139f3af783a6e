"""How a policy file says which answers are checked, by what, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from lanewise.config.fields import Seconds, Share, Table, Text
from lanewise.config.quantities import NotUnderstood, text_of
from lanewise.config.schema_conditions import ConditionSection
from lanewise.config.section import Section

_REMEDY = "write a verifier's name, `name: {option: value}`, or a list of these"


class Use(NamedTuple):
    """A verifier by its name, with the options that are written for it; what they mean is its own to say."""

    verifier: str
    options: dict[str, Any]


def _uses(value: object) -> tuple[Use, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    if not items:
        raise NotUnderstood("names no verifier", _REMEDY)
    return tuple(use for item in items for use in _use(item))


def _use(item: object) -> list[Use]:
    if isinstance(item, Use):
        return [item]
    if isinstance(item, Mapping):
        if not item or not all(options is None or isinstance(options, Mapping) for options in item.values()):
            raise NotUnderstood("names no verifier with its options", _REMEDY)
        return [Use(str(name), dict(options or {})) for name, options in item.items()]
    name = text_of(item)
    if not name:
        raise NotUnderstood("names no verifier", _REMEDY)
    return [Use(name, {})]


def _nothing_is_empty(value: object) -> object:
    return {} if value is None else value


_ONE = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "object"}}]}
Uses = Annotated[
    tuple[Use, ...],
    BeforeValidator(_uses),
    PlainSerializer(lambda uses: [use.verifier for use in uses]),
    WithJsonSchema(
        {"anyOf": [*_ONE["anyOf"], {"type": "array", "items": _ONE, "minItems": 1}], "examples": ["json_schema"]}
    ),
]


Options = Annotated[
    dict[str, Any], BeforeValidator(_nothing_is_empty), WithJsonSchema({"type": "object", "additionalProperties": {}})
]


class VerifyRuleSection(Section):
    """Checks for some answers. Every rule that holds adds its own; each verifier is asked once, as the first that names it says."""

    when: ConditionSection = Field(
        default=ConditionSection(), description="When the rule holds. Default: for every request."
    )
    use: Uses = Field(
        description="The verifiers: a name, `name: {option: value}`, or a list of these. The cheapest is asked first, those that cost "
        "alike in this order; the first that rejects decides, unless the lane has `all_checks`."
    )


class VerifierSection(Section):
    """How a verifier is used, wherever it is. Its options are in the reference of verifiers."""

    timeout: Seconds | None = Field(
        default=None,
        description="How long one verdict may take; later the answer counts as unverifiable by it. Default: `10s`, and `30s` for one "
        "that asks a model.",
    )
    stand_in: Text | None = Field(
        default=None,
        description="The verifier that is asked while this one is down, which the verdict says; `none` for no other. Default: its own.",
    )
    options: Options = Field(default={}, description="Options that hold wherever `use` says nothing else.")


class ThresholdsSection(Section):
    """Below which confidence an answer that nothing has proven goes on to the ladder's next lane.

    Starting values, not calibrated: confidence is what a model shows of its doubts, or how many samples agree.
    """

    usual: Share = Field(default=0.75, description="For every other kind of work.")
    mathematics: Share = Field(default=0.80, description="For tasks that `math_answer` checks.")
    writing: Share = Field(default=0.40, description="For texts that are a matter of taste.")


Verifiers = Table[VerifierSection]
