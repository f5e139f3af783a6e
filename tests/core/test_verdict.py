from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.verdict import Verdict, combined, standing

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
