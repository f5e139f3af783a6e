from __future__ import annotations

import pytest

from lanewise.config.document import Document, read_document
from lanewise.config.schema import PolicyFile
from lanewise.config.shape import known_keys, read_shape

TEXT = "providers: {openai: }\nlanes: {a: {deployments: [openai/m]}}\ntenants:\nrouting:\n"


def test_sections_with_nothing_in_them_are_empty_as_their_writer_means_it() -> None:
    document = read_document(TEXT, {})
    shape = read_shape(document)
    assert isinstance(shape, PolicyFile), document.mistakes
    assert shape.tenants == {}
    assert shape.providers["openai"].dialect is None


def test_the_keys_of_any_section_are_known_by_its_path() -> None:
    assert known_keys(("lanes", "x", "budget", "tokens")) == ["daily", "weekly", "monthly", "total"]
    assert known_keys(("routing", "rules", 3)) == ["when", "lane"]
    assert known_keys(("lanes", "x", "breaker")) == ["error_rate", "window", "min_calls", "open_for"]
    assert known_keys(("routing", "small_model"))[0] == "deployment"
    assert "timeout" in known_keys(("lanes", "x"))
    assert known_keys(("lanes", "x", "timeout")) == []
    assert known_keys(("nowhere", "at", "all")) == []


def test_a_place_with_a_reason_already_gets_no_second_one() -> None:
    document = read_document("providers: {openai: }\nlanes: {a: {deployments: [openai/m], timeout: ${T}}}\n", {})
    assert read_shape(document) is None
    assert len(document.mistakes) == 1


@pytest.mark.parametrize(
    ("deployments", "problem"), [("{a: 1}", "is not a list"), ("[]", "is empty"), ("[{a: 1}]", "is not a single value")]
)
def test_what_should_be_a_list_of_texts_is_told_in_words(deployments: str, problem: str) -> None:
    document = read_document(f"providers: {{openai: }}\nlanes: {{a: {{deployments: {deployments}}}}}\n", {})
    assert read_shape(document) is None
    assert [each.problem for each in document.mistakes] == [problem]


def test_one_text_that_stands_for_a_list_is_told_where_it_stands() -> None:
    document = read_document(
        "providers: {openai: }\nlanes: {a: {deployments: [openai/m]}}\n"
        "routing: {rules: [{when: {risk: hihg, latency: [can_wait, fast]}, lane: a}]}\n",
        {},
    )
    assert read_shape(document) is None
    assert [(each.column, each.key, each.problem) for each in document.mistakes] == [
        (59, "routing.rules[0].when.latency[1]", "'fast' is not one of its values"),
        (33, "routing.rules[0].when.risk", "'hihg' is not one of its values"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "redis: x",
        "tenants: {acme: {cache: {exact: true, semantic: x}}}",
        "cache: x",
        "tenants: {acme: {budget: x}}",
        "routing: x",
        "routing: {classifier: small_model, small_model: x}",
        "record: x",
        "limits: x",
        "server: x",
        "models: x",
        "breaker: x",
        "tenants: {acme: x}",
        "plans: {gold: x}",
        "providers: {openai: x}",
        "lanes: {standard: x}",
        "prices: {openai/gpt-5.4-mini: x}",
    ],
)
def test_what_is_proposed_for_a_section_can_be_written_in_its_place(line: str) -> None:
    proposed = next(each for each in shape_of(line).mistakes if "is not a mapping" in each.problem).remedy
    _, _, example = proposed.split("`")[1].partition(": ")
    assert (
        shape_of(line.replace("x}", f"{example}}}") if line.endswith("}") else f"{line[:-1]}{example}").mistakes == []
    )


def shape_of(text: str) -> Document:
    document = read_document(text + "\n", {"OPENAI_API_KEY": "k"})
    read_shape(document)
    document.mistakes = [each for each in document.mistakes if "is missing" not in each.problem]
    return document
