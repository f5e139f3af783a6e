"""Claims beside sources that were written for them, labelled by hand; the second list was written after the rules."""

from __future__ import annotations

import pytest

from lanewise.verifiers.claims.contradiction import Sources, sentences_of

LEASE = (
    "The tenant, Maria Lopez, shall pay a rent of $1,200 on the first day of each month. Pets are not allowed in the house. "
    "The lease begins on March 1, 2024 and ends on February 28, 2026. Either party may end the lease early with ninety days of notice. "
    "Smoking is permitted on the balcony. The deposit of $2,400 is refundable."
)
REPORT = (
    "Revenue of the company rose 12% to $3.4 million in 2023. Operating costs fell to $1.1 million in the same year. "
    "The number of employees grew from 40 to 52 people. The board, led by Peter Hansen, approved the merger with Norwind on 14 May 2023. "
    "No dividend was paid to shareholders. The auditor found no material errors in the accounts. "
    "The plant in Aarhus was closed in November and the one in Odense stayed open."
)
TRIAL = (
    "The trial enrolled 214 patients in 11 hospitals. The drug reduced mortality by 18% compared with placebo. "
    "There was no significant difference in bleeding between the groups. The drug is unsafe for patients with kidney failure. "
    "The study was conducted by the University of Leeds between 2016 and 2019. Patients took 5 mg twice a day for 12 weeks."
)

BUILT_WITH = [
    (LEASE, "Pets are allowed in the house.", True),
    (LEASE, "Pets are not allowed in the house.", False),
    (LEASE, "The rent is $1,300 on the first day of each month.", True),
    (LEASE, "The tenant pays a rent of $1,200 each month.", False),
    (LEASE, "The lease begins on April 1, 2024.", True),
    (REPORT, "Revenue of the company fell 12% in 2023.", True),
    (REPORT, "The company paid a dividend to shareholders.", True),
    (TRIAL, "The drug is safe for patients with kidney failure.", True),
]
KEPT_APART = [
    (LEASE, "The lease ends on February 28, 2027.", True),
    (LEASE, "The lease ends in February 2026.", False),
    (LEASE, "Either party may end the lease with thirty days of notice.", True),
    (LEASE, "Either party can end the lease early by giving 90 days of notice.", False),
    (LEASE, "Smoking is prohibited on the balcony.", True),
    (LEASE, "Smoking on the balcony is permitted.", False),
    (LEASE, "The deposit is not refundable.", True),
    (LEASE, "The deposit of $2,400 can be refunded.", False),
    (LEASE, "Rent and deposit together come to $3,600.", False),
    (LEASE, "The tenant, Maria Gomez, shall pay the rent on the first day.", False),  # a first name in common is kin
    (LEASE, "The lease lasts two years.", False),
    (REPORT, "Revenue rose to $3.4 million in 2023.", False),
    (REPORT, "Revenue of the company rose 21% in 2023.", True),
    (REPORT, "Operating costs rose to $1.1 million in the same year.", True),
    (REPORT, "The number of employees grew by 12 people.", False),
    (REPORT, "The number of employees grew to 62 people.", True),
    (REPORT, "The board rejected the merger with Norwind.", True),
    (REPORT, "The merger with Norwind was approved by the board in May 2023.", False),
    (REPORT, "The board approved the merger with Norwind on 14 June 2023.", True),
    (REPORT, "The auditor found material errors in the accounts.", True),
    (REPORT, "The auditor found no errors that were material.", False),
    (REPORT, "The board approved the merger with Eastwind on 14 May 2023.", True),
    (REPORT, "The plant in Odense was closed in November.", True),
    (REPORT, "The plant in Aarhus was closed.", False),
    (TRIAL, "The trial enrolled 241 patients.", True),
    (TRIAL, "The trial enrolled more than 200 patients in 11 hospitals.", False),
    (TRIAL, "The drug increased mortality by 18% compared with placebo.", True),
    (TRIAL, "There was a significant difference in bleeding between the groups.", True),
    (TRIAL, "Bleeding did not differ significantly between the groups.", False),
    (TRIAL, "The study was conducted by the University of Oxford between 2016 and 2019.", True),
    (TRIAL, "The study was conducted between 2016 and 2018.", True),
    (TRIAL, "Patients took 10 mg twice a day for 12 weeks.", True),
    (TRIAL, "Patients took 5 mg for twelve weeks.", False),
    (TRIAL, "The drug did not reduce mortality compared with placebo.", True),
    (TRIAL, "The drug works well.", False),
]


@pytest.mark.parametrize(("source", "claim", "opposite"), BUILT_WITH)
def test_the_opposite_is_told_from_the_same(source: str, claim: str, opposite: bool) -> None:
    assert (Sources([source]).against(claim) is not None) is opposite


#: Not found: which thing closed and which stayed open is nowhere read; a name of two words is kin to one that shares a word with it.
MISSED = {
    "The plant in Odense was closed in November.",
    "The study was conducted by the University of Oxford between 2016 and 2019.",
    "The board approved the merger with Eastwind on 14 May 2023.",
}


def test_hand_labelled_claims_that_were_kept_apart() -> None:
    found = {claim: Sources([source]).against(claim) is not None for source, claim, _ in KEPT_APART}
    assert [claim for _, claim, opposite in KEPT_APART if found[claim] and not opposite] == []
    assert {claim for _, claim, opposite in KEPT_APART if opposite and not found[claim]} == MISSED


def test_who_speaks_of_it_and_agrees_is_heard_before_who_differs() -> None:
    text = "Revenue was 5 million dollars in 2019. Revenue was 6 million dollars in 2020."
    assert Sources([text]).against("Revenue was 6 million dollars in 2020.") is None
    assert Sources([text]).against("Revenue was 7 million dollars in 2020.") is not None


def test_it_says_what_differs_and_where() -> None:
    found = Sources([TRIAL]).against("The trial enrolled 300 patients in 11 hospitals.")
    assert found is not None
    assert (found.what, found.sentence) == (
        "it says 300, the source 214",
        "The trial enrolled 214 patients in 11 hospitals.",
    )


def test_sentences_do_not_end_in_abbreviations_and_are_bounded() -> None:
    assert sentences_of("Dr. Smith met Mr. J. Jones of Acme Inc. He left.\n\nThen it rained.") == [
        "Dr. Smith met Mr. J. Jones of Acme Inc. He left.",
        "Then it rained.",
    ]
    assert len(sentences_of("Yes. " * 10_000)) == 4_000
    assert len(sentences_of("word " * 10_000)[0]) == 1_000
