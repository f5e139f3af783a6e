"""JSON made to deceive: cut, commented, quoted otherwise, doubled, with numbers as people write them, with LaTeX in its escapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from judging import candidate, verdict
from lanewise.core.answer import Finish
from lanewise.core.verdict import Verdict
from lanewise.verifiers.json_schema import JsonSchemaVerifier

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "answer": {"type": "string"},
            "n": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "ok": {"type": ["boolean", "null"]},
        },
        "required": ["answer"],
        "additionalProperties": False,
    }
).encode()
VERIFIER = JsonSchemaVerifier()
READ: list[tuple[str, dict[str, Any]]] = [
    ('{"answer":"4"}', {"answer": "4"}),
    ('```json\n{"answer":"4"}\n```', {"answer": "4"}),
    ('```\n{"answer":"4"}\n```', {"answer": "4"}),
    ('Sure!\n{"answer":"4"}\nHope it helps', {"answer": "4"}),
    ("{'answer': '4'}", {"answer": "4"}),
    ("{answer: '4'}", {"answer": "4"}),
    ('{"answer":"4",}', {"answer": "4"}),
    ('{"answer":"4","tags":["a","b",],}', {"answer": "4", "tags": ["a", "b"]}),
    ('{"answer":"4" // the sum\n}', {"answer": "4"}),
    ('{/* sum */"answer":"4"}', {"answer": "4"}),
    ('{"answer":"4", # sum\n"n":3}', {"answer": "4", "n": 3}),
    ('{"answer":"it\'s 4"}', {"answer": "it's 4"}),
    ("{'answer': 'it\\'s 4'}", {"answer": "it's 4"}),
    ('{"answer":"say "hi" now"}', {"answer": 'say "hi" now'}),
    ('{"answer":"a\nb"}', {"answer": "a\nb"}),
    ('{"answer":"4","ok":True}', {"answer": "4", "ok": True}),
    ('{"answer":"4","ok":None}', {"answer": "4", "ok": None}),
    ('{"answer":"4","ok":TRUE}', {"answer": "4", "ok": True}),
    ('{"answer":"4" "n":3}', {"answer": "4", "n": 3}),
    ('{"answer":"\\frac{1}{2}"}', {"answer": "\\frac{1}{2}"}),
    ('{"answer":"\\beta \\text{x} $\\nu$ \\rho"}', {"answer": "\\beta \\text{x} $\\nu$ \\rho"}),
    ('{"answer":"$\\alpha$"}', {"answer": "$\\alpha$"}),
    ('{"answer":"\\(x\\)"}', {"answer": "\\(x\\)"}),
    ('{"answer":"C:\\\\new"}', {"answer": "C:\\new"}),
    ('{"answer":"line\\nnext"}', {"answer": "line\nnext"}),
    ('{"answer":"a\\tb"}', {"answer": "a\tb"}),
    ('{"answer":"\\\\frac{1}{2}"}', {"answer": "\\frac{1}{2}"}),
    ('{"answer":"x"}\n{"answer":"y"}', {"answer": "y"}),
    ('First draft: {"answer":"x"}. Final: {"answer":"y"}', {"answer": "y"}),
    ('\ufeff{"answer":"4"}', {"answer": "4"}),
    ("{“answer”: “4”}", {"answer": "4"}),
    ('{"answer":"4"};', {"answer": "4"}),
    ('json\n{"answer":"4"}', {"answer": "4"}),
    ('<answer>{"answer":"4"}</answer>', {"answer": "4"}),
    ('{"answer":"4","n":1_000}', {"answer": "4", "n": 1000}),
    ('{"answer":"4","n":+3}', {"answer": "4", "n": 3}),
    ('{"answer":"4","n":.5}', {"answer": "4", "n": 0.5}),
    ('{"answer":"4","n":1e3}', {"answer": "4", "n": 1000.0}),
    ('{"answer":"{not json}"}', {"answer": "{not json}"}),
    ('{"answer":"a, b: c}"}', {"answer": "a, b: c}"}),
    ('{"answer":"http://x.y/z"}', {"answer": "http://x.y/z"}),
    ('{"answer":"50% // really"}', {"answer": "50% // really"}),
    ('{"answer":"```py\\nx\\n```"}', {"answer": "```py\nx\n```"}),
    ('```json\n{"answer":"```py\\nx\\n```"}\n```', {"answer": "```py\nx\n```"}),
]
#: What cannot be read is left out, and told.
LEFT_OUT: list[tuple[str, dict[str, Any]]] = [
    ('{"answer":"4","tags":[1,000]}', {"answer": "4", "tags": []}),
    ('{"answer":"4","n":NaN}', {"answer": "4"}),
    ('{"answer":"x","answer":"x"}', {"answer": "x"}),
    ('{"answer":4}', {"answer": "4"}),
    ('{"answer":"4","n":2+2}', {"answer": "4"}),
    ('{"answer":"4","n":1,000}', {"answer": "4"}),
    ('{"answer":"4","n":1,234,567.5}', {"answer": "4"}),
]
NO_ANSWER = [
    '{"answer":',
    '{"answer":"4',
    '{"answer":"4","tags":["a"',
    '{"answer":"4","n":Infinity}',
    '{"answr":"4"}',
    "{}",
    "[]",
    "null",
    '"4"',
    "",
    "I cannot",
    '{"answer": }',
    '{"answer":"4","n":"three"}',
    '{"answer":"4","extra":1}',
    '{"answer":"4","n":1/3}',
    '{"answer": null}',
    '{"answer":["4"]}',
    '{"n":3}',
    '{"answer":"4","tags":"a"}',
    '{"answer":"4","n":0x1F}',
    '{"answer":undefined}',
    '{"answer":...}',
    '{"answer": <value>}',
    '{"answer":"4","n":3',
    '{"n":1,000}',
]


def said(text: str, **more: Any) -> Verdict:
    return verdict(VERIFIER, candidate(text, schema=SCHEMA, **more))


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("text", "value"), READ)
def test_what_stands_there_is_read(text: str, value: dict[str, Any]) -> None:
    found = said(text)
    assert (found.word, json.loads(found.answer or "null")) == ("accept", value)
    assert found.changed or is_json(text), "what is no JSON as it came was given as if it were"


@pytest.mark.parametrize(("text", "value"), LEFT_OUT)
def test_what_is_no_value_is_left_out_and_told(text: str, value: dict[str, Any]) -> None:
    found = said(text)
    assert (found.word, json.loads(found.answer or "null")) == ("accept", value)
    assert found.changed


@pytest.mark.parametrize("text", NO_ANSWER)
def test_nothing_is_completed_or_made_up(text: str) -> None:
    assert said(text).word != "accept"


def test_an_answer_cut_off_at_its_cap_is_whole_or_rejected() -> None:
    assert said('{"answer":"4"}', finish=Finish.LENGTH).word == "accept"
    assert said('{"answer":"4', finish=Finish.LENGTH).word == "reject"


@pytest.mark.parametrize("around", ["{}", "Here it is: {}", "```json\n{}\n```", "{}\nIs that right?", "{} // mine"])
def test_a_name_that_says_two_things_is_rejected_with_the_reason(around: str) -> None:
    """Readers differ in which they take, so nobody knows what the application would."""
    found = said(around.replace("{}", '{"answer":"x","answer":"y"}'))
    assert found.word == "reject"
    assert "twice in one object" in found.reason


def test_damage_without_end_is_not_judged() -> None:
    found = said('{"' * 50_000)
    assert (found.word, found.reason) == (
        "unverifiable",
        "The JSON is damaged in so many places that mending it takes too long.",
    )
