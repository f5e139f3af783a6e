"""Answers and tool calls by their JSON schemas."""

from __future__ import annotations

import msgspec
import pytest

from judging import candidate, tool, verdict
from lanewise.core.answer import ToolCall
from lanewise.verifiers.json_schema import JsonSchemaVerifier, Options
from lanewise.verifiers.schemas import WrongSchema

ORDER = (
    b'{"type":"object","properties":{"total":{"type":"number"},"items":{"type":"array","items":{"type":"object",'
    b'"properties":{"price":{"type":"number"}},"required":["price"]}}},"required":["total"]}'
)


def call(arguments: str, name: str = "refund") -> ToolCall:
    return ToolCall(id="c1", name=name, arguments=arguments)


def test_an_answer_of_its_schema_is_accepted_as_form() -> None:
    said = verdict(JsonSchemaVerifier(), candidate(' {"total": 4.50}\n', schema=ORDER))
    assert (said.word, said.kind, said.answer) == ("accept", "form", '{"total": 4.50}')


def test_a_rejection_names_the_path_and_what_is_wrong() -> None:
    said = verdict(JsonSchemaVerifier(), candidate('{"items": [{"price": 1}, {"price": "two"}]}', schema=ORDER))
    assert (said.word, said.repairable) == ("reject", True)
    assert '"total" is a required property' in said.reason
    assert 'items[1].price: "two" is not of type "number"' in said.reason


def test_fewer_problems_score_higher() -> None:
    one = verdict(JsonSchemaVerifier(), candidate("{}", schema=ORDER))
    two = verdict(JsonSchemaVerifier(), candidate('{"items": [{}]}', schema=ORDER))
    assert one.score is not None
    assert two.score is not None
    assert one.score > two.score


def test_json_mode_wants_an_object() -> None:
    assert verdict(JsonSchemaVerifier(), candidate('{"a": 1}', json_mode=True)).word == "accept"
    assert verdict(JsonSchemaVerifier(), candidate("[1]", json_mode=True)).word == "reject"


def test_the_policys_schema_holds_where_the_request_has_none() -> None:
    verifier = JsonSchemaVerifier(Options(schema={"type": "integer"}))
    assert verdict(verifier, candidate("4")).word == "accept"
    assert verdict(verifier, candidate("four")).word == "reject"
    assert verdict(verifier, candidate('{"total": 1}', schema=ORDER)).word == "accept"


def test_a_policys_wrong_schema_is_told_when_it_is_read() -> None:
    with pytest.raises(WrongSchema, match="cannot be used"):
        JsonSchemaVerifier(Options(schema={"type": "objectt"}))


def test_a_tool_call_is_checked_by_its_tools_schema() -> None:
    tools = (tool("refund", ORDER), tool("ping", b'{"type":"object"}'))
    verifier = JsonSchemaVerifier()
    assert verdict(verifier, candidate(tools=tools, calls=(call('{"total": 3}'), call("", "ping")))).word == "accept"
    wrong = verdict(verifier, candidate(tools=tools, calls=(call('{"total": "3"}'),)))
    assert wrong.word == "reject"
    assert '"refund": total:' in wrong.reason
    unknown = verdict(verifier, candidate(tools=tools, calls=(call("{}", "refunds"),)))
    assert unknown.word == "reject"
    assert 'call one of "ping, refund"' in unknown.reason


def test_tool_calls_are_left_alone_where_the_policy_says_so() -> None:
    verifier = JsonSchemaVerifier(Options(tools=False))
    assert verdict(verifier, candidate(tools=(tool("refund", ORDER),), calls=(call("{"),))).word == "unverifiable"


def test_a_callers_broken_schema_or_a_declined_answer_is_unverifiable() -> None:
    verifier = JsonSchemaVerifier()
    assert "not JSON" in verdict(verifier, candidate("{}", schema=b"{")).reason
    assert "declined" in verdict(verifier, candidate(refusal="I may not.", schema=ORDER)).reason
    assert "no schema" in verdict(verifier, candidate("{}")).reason


def test_options_know_their_limits() -> None:
    with pytest.raises(msgspec.ValidationError, match="max_depth"):
        msgspec.convert({"max_depth": 0}, Options)
    with pytest.raises(msgspec.ValidationError, match="shema"):
        msgspec.convert({"shema": {}}, Options)


def test_an_answer_that_can_be_mended_is_accepted_as_mended_and_the_change_is_told() -> None:
    said = verdict(JsonSchemaVerifier(), candidate('Here it is:\n```json\n{"total": "4.50",}\n```', schema=ORDER))
    assert (said.word, said.answer) == ("accept", '{"total": 4.50}')
    assert "read numbers that stand in quotes" in said.changed
    assert said.score is not None
    assert said.score < 1


def test_latex_that_json_swallowed_is_never_accepted_as_it_came() -> None:
    schema = b'{"type":"object","properties":{"answer":{"type":"string"}}}'
    said = verdict(JsonSchemaVerifier(), candidate('{"answer": "\\frac{1}{2}"}', schema=schema))
    assert said.answer == '{"answer": "\\\\frac{1}{2}"}'
    assert said.changed


def test_nothing_is_mended_where_the_policy_says_so() -> None:
    verifier = JsonSchemaVerifier(Options(mend=False))
    assert verdict(verifier, candidate('```json\n{"total": 4}\n```', schema=ORDER)).word == "reject"


def test_an_answer_that_was_cut_off_is_no_answer() -> None:
    said = verdict(JsonSchemaVerifier(), candidate('{"total": 4, "items": [{"price": 1}, {"pri', schema=ORDER))
    assert (said.word, said.repairable) == ("reject", True)
    assert "cut off" in said.reason


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('I cannot do that. An example would be {"reply": "x"}.', "reject"),
        ('```json\n{"reply": "I cannot do that."}\n```', "accept"),
        ("1" * 5_000, "reject"),  # more digits than Python reads
    ],
)
def test_an_example_in_an_answer_that_declines_is_no_answer(text: str, word: str) -> None:
    assert verdict(JsonSchemaVerifier(), candidate(text, schema=b'{"required":["reply"],"type":"object"}')).word == word


def test_formats_are_checked_unless_the_policy_says_otherwise() -> None:
    schema = b'{"properties":{"day":{"format":"date"}}}'
    assert verdict(JsonSchemaVerifier(), candidate('{"day": "soon"}', schema=schema)).word == "reject"
    assert (
        verdict(JsonSchemaVerifier(Options(formats=False)), candidate('{"day": "soon"}', schema=schema)).word
        == "accept"
    )
