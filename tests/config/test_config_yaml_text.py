from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.config.document import read_document
from lanewise.config.yaml_text import Line, routing_section, scalar, section

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn", "Zl", "Zp")), max_size=12
).filter(lambda text: "$" not in text)


@given(
    st.recursive(
        TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS.filter(bool), inner, max_size=3)
    )
)
def test_any_value_is_read_back_as_it_was(value: object) -> None:
    document = read_document(f"a: {scalar(value)}\n", {})
    assert document.data["a"] == value, document.mistakes


def test_a_section_is_aligned_and_says_why() -> None:
    text = section("lanes", [Line(key="a", value={"x": [1, True]}), Line(key="*", value="y", why="because")])
    assert text == 'lanes:\n  a:   {x: ["1", "true"]}\n  # because\n  "*": y\n'.replace('"1"', "1").replace(
        '"true"', "true"
    )


def test_rules_are_written_in_order_and_grades_behind_them() -> None:
    text = routing_section([({"task": ["a", "b"]}, "small")], "standard")
    assert text == "routing:\n  rules:\n    - when: {task: [a, b]}\n      lane: small\n  default: standard\n"
    assert routing_section([], "x") == "routing:\n  default: x\n"
    graded = routing_section([], "x", grades={"hard": "y"})
    assert graded == "routing:\n  classifier: heuristic\n  grades: {hard: y}\n  default: x\n"
