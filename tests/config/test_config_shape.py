from __future__ import annotations

from lanewise.config.document import read_document
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
