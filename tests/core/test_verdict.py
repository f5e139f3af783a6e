from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.verdict import MAX_REASON_CHARS, Verdict, combined, standing

VERDICTS = st.builds(
    Verdict,
    verifier=st.sampled_from(["a", "b", "c"]),
    word=st.sampled_from(["accept", "reject", "unverifiable"]),
    kind=st.sampled_from(["proof", "evidence", "form"]),
    changed=st.sampled_from([(), ("mended",)]),
    answer=st.sampled_from([None, "4"]),
)


@given(st.lists(VERDICTS, min_size=1))
def test_any_reject_wins_and_all_unverifiable_stay_so(given_: list[Verdict]) -> None:
    whole = combined(given_)
    words = {each.word for each in given_}
    assert whole is not None
    assert whole.word == ("reject" if "reject" in words else "accept" if "accept" in words else "unverifiable")
    if whole.word == "accept":
        kinds = {each.kind for each in given_ if each.word == "accept"}
        assert whole.kind == ("proof" if "proof" in kinds else "evidence" if "evidence" in kinds else "form")
    assert bool(whole.changed) == any(each.changed for each in given_)


@given(st.lists(st.text(min_size=1, max_size=MAX_REASON_CHARS), min_size=2, max_size=8), st.booleans())
def test_several_rejects_give_all_their_reasons_within_what_a_model_is_told(reasons: list[str], near: bool) -> None:
    given_ = [Verdict(verifier="v", word="reject", kind="form", reason=each, repairable=True) for each in reasons]
    last = Verdict(verifier="tests", word="reject", kind="proof", reason="two of five fail", repairable=near)
    whole = combined([*given_, last])
    assert whole is not None
    assert (whole.verifier, whole.kind, whole.repairable) == ("tests", "proof", near)
    assert len(whole.reason) <= MAX_REASON_CHARS
    assert all(f"- {each[:100]}" in whole.reason for each in (*reasons, "two of five fail"))


def test_one_reason_of_two_is_given_once() -> None:
    same = Verdict(verifier="v", word="reject", kind="form", reason="too long")
    assert combined([same, same]) == same
    assert combined([same, msgspec.structs.replace(same, reason="")]) == same


def test_nobody_s_word_is_none() -> None:
    assert combined([]) is None


def test_a_word_goes_before_a_kind_and_a_kind_before_a_score() -> None:
    ranks = [
        standing(Verdict(verifier="v", word=word, kind=kind, score=score))  # type: ignore[arg-type]
        for word, kind, score in (
            ("reject", "form", 0.0),
            ("reject", "proof", 0.1),
            ("reject", "proof", 0.9),
            ("unverifiable", "form", None),
            ("accept", "form", 1.0),
            ("accept", "proof", 0.2),
        )
    ]
    assert ranks == sorted(ranks)
    assert standing(None) < standing(Verdict(verifier="v", word="accept", kind="form"))
