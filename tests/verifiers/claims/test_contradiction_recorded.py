"""Contradictions among recorded sentences: real paraphrases, of which none may be called the opposite, and the same ones made wrong.

Half of Microsoft's research paraphrase corpus, by a hash of its text; the other half was read while this was built. Pairs that people
called the same, but which give different numbers or dates, were written on different days: there the alarm is right.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from functools import cache

import pytest

from intervals import rate
from lanewise.verifiers.claims.contradiction import Sources
from lanewise.verifiers.claims.statement import statement_of
from recordings import data_folder

pytestmark = pytest.mark.data

_SAYS = re.compile(r"\b(is|are|was|were|will|would|has|have|had|can|could|should)\b(?! not|n't)")


@cache
def paraphrases() -> tuple[tuple[str, str], ...]:
    """Pairs that people called the same, each once; the half that was kept apart."""
    path = data_folder() / "semantic_cache" / "msrp_pairs.csv"
    if not path.is_file():
        pytest.skip(f"needs pairs of sentences in {path}; set LANEWISE_DATA to the folder that holds `semantic_cache`")
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(row["text_a"], row["text_b"]) for row in csv.DictReader(file) if row["label"] == "1"]
    return tuple(pair for pair in rows if hashlib.sha256(pair[0].encode()).digest()[0] % 2)


def of_kind(what: str) -> str:
    if what.startswith("it names"):
        return "name"
    if what.startswith("it gives"):
        return "date"
    return "number" if what.startswith("it says") else "denial"


@pytest.mark.parametrize(("around", "each"), [(0, 1), (10, 8)])
def test_paraphrases_are_seldom_called_the_opposite_but_where_numbers_or_dates_differ(around: int, each: int) -> None:
    """Beside the one sentence, and, of each eighth, beside a document of twenty others in which it stands."""
    pairs = paraphrases()
    alarms: Counter[str] = Counter()
    for at in range(0, len(pairs), each):
        claim = pairs[at][1]
        document = " ".join(source for source, _ in pairs[max(0, at - around) : at + around + 1])
        found = Sources([document]).against(claim)
        alarms[of_kind(found.what) if found is not None else ""] += 1
    of = alarms.total()
    print(rate("denied or turned round", alarms["denial"], of), rate("named otherwise", alarms["name"], of))
    print(rate("another number", alarms["number"], of), rate("another date", alarms["date"], of))
    assert of > 1_000 / each
    assert alarms["denial"] / of < 0.015
    assert alarms["name"] / of < 0.01
    assert (alarms["number"] + alarms["date"]) / of < 0.05


def _first_number(text: str) -> str:
    amounts = [each for each in statement_of(text).amounts if each.unit and each.value > 10]
    return amounts[0].shown if amounts and text.count(amounts[0].shown) == 1 else ""


def test_paraphrases_that_are_made_wrong_are_found() -> None:
    """A denial is put in, or a number that stands in both is made three times as large; what the corpus has no room for is left out."""
    found: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for source, claim in paraphrases():
        sources = Sources([source])
        if sources.against(claim) is not None:
            continue
        wrongs = {}
        if _SAYS.search(claim) and not statement_of(claim).says_no and not statement_of(source).says_no:
            wrongs["denial"] = _SAYS.sub(r"\1 not", claim, count=1)
        number = _first_number(claim)
        if number.isdecimal() and number in source:
            wrongs["number"] = claim.replace(number, str(3 * int(number)), 1)
        for kind, wrong in wrongs.items():
            tried[kind] += 1
            found[kind] += sources.against(wrong) is not None
    print(*(rate(kind, found[kind], tried[kind]) for kind in tried))
    assert min(tried.values()) >= 100
    assert found["number"] >= 0.5 * tried["number"]
    assert found["denial"] >= 0.4 * tried["denial"]
