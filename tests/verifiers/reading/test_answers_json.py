"""JSON out of whole answers, and what of it is proven on recorded ones."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intervals import rate
from lanewise.verifiers.reading.answers_json import Read, read_if_quick, read_json
from lanewise.verifiers.schemas import CompiledSchema, NotJudged
from recordings import data_folder
from verifiers.baml import NotSaid, schema_of

ANSWER = CompiledSchema(
    b'{"type":"object","properties":{"reasoning":{"type":"string"},"answer":{"type":"string"}},"required":["answer"]}',
    max_depth=64,
)


AMOUNT = CompiledSchema(b'{"type":"object","required":["amount"]}', max_depth=64)


def value(text: str, schema: CompiledSchema | None = ANSWER) -> Any:
    read = read_json(text, schema)
    return None if read is None else read.value


def test_json_as_it_came_is_not_changed() -> None:
    assert read_json(' {"answer": "4"}\n', ANSWER) == Read(value={"answer": "4"}, text='{"answer": "4"}')


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"answer": "4"}\n```',
        'Let {x} be 2.\n\n```\n{"answer": "4"}\n```\nThat is it.',
        'Here: {"answer": "4"} as asked.',
        'First {"answer": "3"}, no:\n{"answer": "4"}',
        '{"reasoning": "2 + 2"}\n{"answer": "4"}',
        '{"reasoning": "a "quoted" word,\nand a line", answer: \'4\',}',
        'I think [1] of \\frac{1}{2}: {"answer": 4}',
    ],
)
def test_an_answer_is_found_in_what_stands_around_it_and_the_change_is_told(text: str) -> None:
    read = read_json(text, ANSWER)
    assert read is not None
    assert read.fits
    assert read.value["answer"] == "4"
    assert json.loads(read.text) == read.value
    assert read.changed


def test_latex_that_json_swallowed_is_put_back_and_told() -> None:
    read = read_json('{"answer": "\\frac{1}{2}"}', ANSWER)
    assert read is not None
    assert read.value == {"answer": "\\frac{1}{2}"}
    assert read.changed == ("read \\frac as LaTeX, not as the JSON escape \\f",)


@pytest.mark.parametrize("text", ["", "no JSON here", "The set {1, 2} is finite.", '{"answer": ', "```json\n```"])
def test_where_there_is_none_none_is_made_up(text: str) -> None:
    read = read_json(text, ANSWER)
    assert read is None or not read.fits


def test_without_a_schema_an_inner_object_is_not_taken_for_the_broken_one_around_it() -> None:
    assert value('{"a": "x\ny", "b": {"c": 1}}', None) == {"a": "x\ny", "b": {"c": 1}}


def test_a_cut_list_is_said_to_be_cut() -> None:
    read = read_json('{"answer": "4", "steps": ["one", "tw', ANSWER)
    assert read is not None
    assert read.cut


def test_json_that_was_encoded_twice_is_read_and_told() -> None:
    read = read_json('The result: {\\n \\"answer\\": \\"a \\\\\\"b\\\\\\"\\"}', ANSWER)
    assert read is not None
    assert read.value == {"answer": 'a "b"'}
    assert "took one layer of escapes off" in read.changed


def test_a_list_of_sources_is_not_taken_for_the_answer() -> None:
    assert value('{"amount": 5}\n\nSources: [1]', None) == {"amount": 5}


@given(st.text(alphabet='{}[]",:\\\n abf1.`', max_size=200))
def test_any_text_is_read_or_not_and_what_is_read_is_json(text: str) -> None:
    read = read_json(text, None)
    assert read is None or json.loads(read.text) == read.value


@pytest.mark.parametrize(
    "piece",
    [
        '{"a":',
        "[",
        "{",
        '"',
        '{"a": "",',
        "x ",
        '"answer": ',
        "/*",
        "```json\n",
        '"a" b ',
        "\\",
        "#",
        "\n ",
        "\\ne ",
        "$\\tan",
    ],
)
@pytest.mark.parametrize("begin", ["", '{"a": "', '{"a": ['])
def test_a_hostile_text_takes_little_time(begin: str, piece: str) -> None:
    begun = time.process_time()
    read_json(begin + piece * (100_000 // len(piece)), ANSWER)
    assert time.process_time() - begun < 2


# Proof on recorded answers.


def rows(name: str) -> list[dict[str, Any]]:
    file = data_folder() / "verifiers" / "json" / f"{name}.jsonl"
    if not file.exists():
        pytest.skip(f"needs {file}; set LANEWISE_DATA to the folder that holds `verifiers`")
    return [json.loads(line) for line in file.read_text().splitlines()]


def leaves(of: Any) -> Iterator[Any]:
    if isinstance(of, dict | list):
        for each in of.values() if isinstance(of, dict) else of:
            yield from leaves(each)
    else:
        yield of


def stands_in(leaf: Any, raw: str) -> bool:
    """Whether a value stands in a text: all its letters and digits, in their order, what is between them aside."""
    if leaf is None or isinstance(leaf, bool):
        return {True: "true", False: "false", None: "n"}[leaf] in raw.lower()

    def bare(text: str) -> str:
        return re.sub(
            r"[\W_]|(?<=\\)[nrtbf]", "", re.sub(r"\\u[0-9a-fA-F]{4}", "", re.sub(r"\\[nrt](?![a-z])|\\n", "", text))
        )

    text = str(leaf) if isinstance(leaf, str) else json.dumps(leaf).removesuffix(".0")
    return bare(text.encode("ascii", "ignore").decode()) in bare(raw.encode("ascii", "ignore").decode())


#: What a lost command leaves behind, looked for without the code under test.
LOST = re.compile(
    r"[\x08\x0c]|\t(?:imes|ext|heta|frac|riangle|au\b)|\r(?:ight|ho\b|angle|floor|ceil)|\n(?:eq\b|abla|otin|eg\b)"
)


@pytest.mark.data
def test_recorded_answers_of_models_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Silver labels: the last "answer" of each output, found by a regular expression."""
    counts: Counter[str] = Counter()
    for row in rows("llm_json_outputs"):
        read = read_json(row["raw"], ANSWER)
        fits = read is not None and read.fits
        if row["answer_raw"] is None:
            counts["nothing to read"] += 1
            counts["read all the same"] += fits
            continue
        counts["recoverable"] += 1
        if read is None or not fits:
            counts["abstained"] += 1
            continue
        counts["right"] += read.value["answer"] in (row["answer_raw"], row["answer_unescaped"])
        counts["invented"] += not all(stands_in(leaf, row["raw"]) for leaf in leaves(read.value))
        counts["lost"] += any(LOST.search(leaf) for leaf in leaves(read.value) if isinstance(leaf, str))
        strictly = _strictly(row["raw"])
        counts["silent"] += strictly is not None and strictly != read.value and not read.changed
    total = counts["recoverable"]
    with capsys.disabled():
        print("\nJSON of real outputs (silver): " + rate("read right", counts["right"], total))
        print("; ".join(rate(name, counts[name], total) for name in ("abstained", "invented", "lost", "silent")))
        print(rate("read where there is no answer", counts["read all the same"], counts["nothing to read"]))
    assert total >= 250
    assert counts["right"] / total >= 0.98
    assert counts["abstained"] / total <= 0.02
    assert counts["invented"] == counts["lost"] == counts["silent"] == counts["read all the same"] == 0


@pytest.mark.data
def test_a_recorded_answer_that_is_cut_anywhere_is_not_completed(capsys: pytest.CaptureFixture[str]) -> None:
    """Cut at 20 places each, most near the end: the same answer, none, or one that is said to be cut.

    Of answers with one object, and no copied template beside it: of several, an earlier one may be whole.
    """
    random, counts = Random(3), Counter[str]()
    for row in rows("llm_json_outputs"):
        raw, whole = row["raw"], read_json(row["raw"], ANSWER)
        if whole is None or not whole.fits or "___" in raw or row["category"] == "several_objects":
            continue
        near_end = [max(0, len(raw) - random.randrange(1, 30)) for _ in range(12)]
        for place in {*(random.randrange(len(raw)) for _ in range(8)), *near_end}:
            read = read_json(raw[:place], ANSWER)
            counts["cuts"] += 1
            if read is not None and read.fits and not read.cut:
                counts["read"] += 1
                counts["another"] += read.value["answer"] != whole.value["answer"]
    with capsys.disabled():
        print(
            "\n"
            + rate("another answer read from a cut one", counts["another"], counts["cuts"])
            + f"; read {counts['read']}"
        )
    assert counts["cuts"] > 4_000
    assert counts["another"] == 0


@pytest.mark.data
def test_no_latex_is_lost_in_recorded_traces(capsys: pytest.CaptureFixture[str]) -> None:
    """Other outputs of the same kind, long ones: no command reads as a control character."""
    file = data_folder() / "verifiers" / "loops" / "zeroeval_traces.jsonl"
    if not file.exists():
        pytest.skip(f"needs {file}; set LANEWISE_DATA to the folder that holds `verifiers`")
    found, endless = [], 0
    for line in file.read_text().splitlines():
        try:
            read = read_json(json.loads(line)["text"], ANSWER)
        except NotJudged:
            endless += 1
            continue
        found += [] if read is None else [read]
    lost = sum(any(LOST.search(leaf) for leaf in leaves(read.value) if isinstance(leaf, str)) for read in found)
    put_back = sum(any("as LaTeX" in each for each in read.changed) for read in found)
    with capsys.disabled():
        print("\n" + rate("LaTeX lost in long traces", lost, len(found)) + f"; put back in {put_back}")
    assert len(found) >= 100
    assert lost == 0
    assert endless <= 1  # one repeats damage to its end; no other recorded output takes half as long as is allowed


def _strictly(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


@pytest.mark.data
def test_a_repair_librarys_own_cases(capsys: pytest.CaptureFixture[str]) -> None:
    """Literal labels. Where the library completes or makes up a value, nothing is read here, or less; never something else unsaid."""
    counts: Counter[str] = Counter()
    for row in rows("json_repair_tests"):
        expected = row["expected"]
        if row["expected_is"] == "text" and expected:
            expected = json.loads(expected)
        schema = row["options"].get("schema")
        read = read_json(row["raw"], CompiledSchema(json.dumps(schema).encode(), max_depth=64) if schema else None)
        counts["cases"] += 1
        if read is None:
            counts["abstained"] += 1
        elif read.value == expected:
            counts["same"] += 1
        else:
            counts["other"] += 1
            assert read.changed, row["raw"]
            assert all(stands_in(leaf, row["raw"]) for leaf in leaves(read.value)), row["raw"]
    with capsys.disabled():
        print("\nJSON of a repair library's tests (literal): " + rate("same", counts["same"], counts["cases"]))
        print("; ".join(rate(name, counts[name], counts["cases"]) for name in ("abstained", "other")))
    assert counts["same"] >= 45


def _without_null(of: Any) -> Any:
    if isinstance(of, dict):
        return {name: _without_null(each) for name, each in of.items() if each is not None}
    return [_without_null(each) for each in of] if isinstance(of, list) else of


@pytest.mark.data
def test_schema_guided_cases_of_baml(capsys: pytest.CaptureFixture[str]) -> None:
    """Literal labels, objects and lists, as far as JSON Schema has words for their types."""
    counts: Counter[str] = Counter()
    for row in rows("baml_sap_tests"):
        if not row["must_fail"] and not isinstance(row["expected"], dict | list):
            continue
        try:
            schema = schema_of(row["baml_schema"], row["target_type"])
        except NotSaid:
            counts["no JSON schema"] += 1
            continue
        read = read_json(row["raw"], CompiledSchema(json.dumps(schema).encode(), max_depth=64))
        fits = read is not None and read.fits
        if row["must_fail"]:
            assert not fits, row["raw"]
            counts["refused as wanted"] += 1
            continue
        counts["cases"] += 1
        if read is None or not fits:
            counts["abstained"] += 1
        elif _without_null(read.value) == _without_null(row["expected"]):
            counts["same"] += 1
        else:
            counts["other"] += 1
            assert read.changed, row["raw"]
            assert all(stands_in(leaf, row["raw"]) for leaf in leaves(read.value)), row["raw"]
    with capsys.disabled():
        print("\nJSON of BAML's tests (literal): " + rate("same", counts["same"], counts["cases"]))
        print("; ".join(rate(name, counts[name], counts["cases"]) for name in ("abstained", "other")))
        print(f"{counts['no JSON schema']} without a JSON schema, {counts['refused as wanted']} refused as wanted")
    assert counts["same"] >= 25


@pytest.mark.parametrize(
    "text",
    [
        '{"amount": 1, "amount": 1000000}',
        'Here: ```json\n{"amount": 1, "amount": 1000000}\n```',
        '{"amount": 1, "amount": 1000000 ',
        "{amount: 1, 'amount': 1000000,}",
        '{"amount": 1, "\\u0061mount": 1000000}',
    ],
)
def test_an_object_that_says_two_things_by_one_name_fits_nothing(text: str) -> None:
    read = read_json(text, AMOUNT)
    assert read is None or not read.fits
    without = read_json(text)
    assert without is None or without.twice == "amount"


def test_damage_without_end_is_not_read_for_long() -> None:
    with pytest.raises(NotJudged, match="takes too long"):
        read_json('{"' * 100_000)
    assert read_if_quick('{"' * 4_000, AMOUNT) is None
    assert read_if_quick("{}" + " " * 30_000, AMOUNT) is None
