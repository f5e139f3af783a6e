"""Texts that repeat for a reason, and texts that repeat because their model is stuck."""

from __future__ import annotations

import pytest

from judging import candidate, verdict
from lanewise.verifiers.loops import LoopVerifier

LEGITIMATE = {  # legit
    "table": "| n | n^2 |\n|---|---|\n" + "".join(f"| {n} | {n * n} |\n" for n in range(60)),
    "same rows": "| item | ok |\n|---|---|\n" + "| bolt | yes |\n" * 3,
    "csv zeros": "\n".join("0,0,0,0,0" for _ in range(3)),
    "matrix zeros": "[\n" + "".join(" [0, 0, 0, 0],\n" for _ in range(10)) + "]\nDone.",
    "code": "".join(f"    assert f({n}) == {n + 1}\n" for n in range(40)),
    "list": "".join(f"{n}. Check the valve and note the pressure.\n" for n in range(1, 40)),
    "poem": (
        "Row, row, row your boat,\nGently down the stream.\nMerrily, merrily, merrily, merrily,\nLife is but a dream.\n"
        * 3
    )
    + "The end.",
    "dashes": "Title\n" + "-" * 70 + "\nText",
    "long rule end": "Title\n" + "-" * 120,
    "ascii art": "+" + "-" * 60 + "+\n" + ("|" + " " * 60 + "|\n") * 3 + "+" + "-" * 60 + "+",
    "1000 digits": "1/3 = 0." + "3" * 100,
    "binary": "0b" + "10" * 60,
    "base64": "QUFB" * 20,
    "haha": "ha" * 40 + "! That is funny.",
    "lyrics chorus x4 then end": ("la la la la, we sing it all day,\n" * 4) + "and then we stop.",
    "buffalo": "Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo",
    "yaml list": "items:\n" + "".join(f"  - name: item{n}\n    price: {n}.00\n" for n in range(40)),
    "json zeros": '{"a": [' + ", ".join("0" for _ in range(40)) + "]}",
    "json zeros 200 closed": '{"a": [' + ", ".join("0" for _ in range(200)) + "]}",
}
LOOPS = {
    "short": "I think " + "no " * 200,
    "sentence": "Let me check. " * 30,
    "long para": (
        "So the answer depends on the number of ways in which we can choose the items from the set and then order them. "
        * 6
    ),
    "single char": "a" * 400,
    "newline": "x\n" * 200,
    "think": "Wait, " * 120,
    "mid then loop": "The answer is 12. " * 1 + "But maybe I should double check this. " * 20,
    "tool": '{"a": 1}\n' * 60,
}
COUNTED = {
    "counter": "".join(f"Step {n}: let me check again.\n" for n in range(100)),
    "counter2": "".join(f"Attempt number {n} failed, so I will try again now.\n" for n in range(200)),
}


def word(text: str) -> str:
    return verdict(LoopVerifier(), candidate(text)).word


@pytest.mark.parametrize("name", LEGITIMATE)
def test_what_repeats_for_a_reason_is_no_loop(name: str) -> None:
    assert word(LEGITIMATE[name]) == "accept"


@pytest.mark.parametrize("name", LOOPS)
def test_whoever_is_stuck_is_found(name: str) -> None:
    assert word(LOOPS[name]) == "reject"


@pytest.mark.parametrize("name", COUNTED)
def test_what_counts_up_is_not_told_from_a_list(name: str) -> None:
    assert word(COUNTED[name]) == "accept"
