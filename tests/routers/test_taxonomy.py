"""The shipped kinds of applications and of work: what the data says, and that the reference says the same."""

from __future__ import annotations

import msgspec
import pytest

from house.pages import REFERENCE
from lanewise.core.policy import GRADES, Gain, Grade
from lanewise.routers.taxonomy import (
    PROFILE_ROWS,
    PROFILES,
    TASK_ROWS,
    TASKS,
    ProfileRow,
    TaskRow,
    read_profiles,
    read_tasks,
)

PAGE = REFERENCE / "tasks-and-profiles.md"

ROWS = {row.name: row for row in PROFILE_ROWS}

#: The grades a task may start with, by what thinking is worth for it.
GRADES_OF_GAIN: dict[Gain, tuple[Grade, ...]] = {
    "wins": ("hard", "expert"),
    "helps": ("moderate",),
    "wasted": ("trivial", "easy"),
}


@pytest.mark.parametrize(
    ("name", "typical_s", "max_latency_s"),
    [
        ("live_coding", (3, 5), 5),
        ("homework", (10, 30), 30),
        ("legal_review", (30, 60), 60),
        ("chatbot", (1, 2), 2),
        ("security_audit", (300, 600), 600),
        ("data_analysis", (5, 15), 15),
    ],
)
def test_an_application_waits_as_long_as_its_users_do(
    name: str, typical_s: tuple[float, float], max_latency_s: float
) -> None:
    assert ROWS[name].typical_s == typical_s
    assert PROFILES[name].max_latency_s == max_latency_s


def test_a_proof_may_take_minutes_to_hours() -> None:
    proving = PROFILES["theorem_proving"]

    assert ROWS["theorem_proving"].typical_s[0] >= 60
    assert proving.max_latency_s >= 3_600
    assert proving.latency == "can_wait"


def test_who_has_seconds_is_not_sent_to_think_hard_first() -> None:
    quick = [profile for profile in PROFILES.values() if profile.max_latency_s <= 5]

    assert {profile.name for profile in quick} == {"chatbot", "live_coding"}
    assert not any(lane.startswith("reasoning") for profile in quick for lane in profile.lanes)


def test_what_is_critical_is_answered_by_thinking_first() -> None:
    critical = [profile for profile in PROFILE_ROWS if profile.accuracy == "critical"]

    assert {profile.name for profile in critical} == {"legal_review", "security_audit", "theorem_proving"}
    assert {profile.lanes[0] for profile in critical} == {"reasoning"}


def test_a_person_signs_legal_advice_off_and_nothing_else() -> None:
    reviewed = [profile for profile in PROFILES.values() if profile.review]

    assert [profile.name for profile in reviewed] == ["legal_review"]
    assert "human" in reviewed[0].lanes


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_tasks_lane_follows_from_what_thinking_is_worth(task: TaskRow) -> None:
    assert task.grade in GRADES_OF_GAIN[task.gain]


@pytest.mark.parametrize(
    ("gain", "names"),
    [
        (
            "wins",
            (
                "math_proof competition_math algorithmic_code debugging code_review security_analysis legal_analysis "
                "clinical_reasoning planning scheduling scientific_derivation logic_puzzle financial_modeling"
            ),
        ),
        ("helps", "data_analysis code_generation homework_tutoring long_document_qa comparison"),
        ("wasted", "summarize extract translate classify sentiment rewrite small_talk lookup formatting"),
    ],
)
def test_the_common_kinds_of_work_are_there(gain: Gain, names: str) -> None:
    assert {name: TASKS[name].gain for name in names.split()} == dict.fromkeys(names.split(), gain)


@pytest.mark.parametrize(
    ("task", "check"),
    [
        ("extract", "json_schema"),
        ("competition_math", "math_answer"),
        ("algorithmic_code", "python_tests"),
        ("legal_analysis", "citations"),
        ("scheduling", "business_rules"),
        ("classify", "agreement"),
        ("code_review", "judge"),
        ("small_talk", "none"),
    ],
)
def test_a_task_is_checked_by_what_suits_its_answers(task: str, check: str) -> None:
    assert TASKS[task].check == check


TASK = {"name": "sum_up", "gain": "wasted", "grade": "easy", "check": "judge", "what": "Shorten"}
PROFILE = {
    "name": "chat",
    "what": "Chat",
    "typical_s": [1, 2],
    "max_latency_s": 2,
    "accuracy": "normal",
    "lanes": ["small"],
    "strategy": "single",
    "latency": "interactive",
    "review": False,
}


def test_good_rows_are_read() -> None:
    assert read_tasks(msgspec.json.encode([TASK]))[0].value().name == "sum_up"
    assert read_profiles(msgspec.json.encode([PROFILE]))[0].value().lanes == ("small",)


@pytest.mark.parametrize("wrong", [{"grade": "hardish"}, {"gain": "some"}, {"check": "vibes"}, {"lane": "small"}])
def test_a_task_with_an_unknown_word_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_tasks(msgspec.json.encode([TASK | wrong]))


@pytest.mark.parametrize("wrong", [{"lanes": ["fast"]}, {"accuracy": "so-so"}, {"strategy": "luck"}, {"timeout": 3}])
def test_a_profile_with_an_unknown_word_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_profiles(msgspec.json.encode([PROFILE | wrong]))


@pytest.mark.parametrize("wrong", [{"max_latency_s": 1.5}, {"typical_s": [2, 1]}, {"typical_s": [0, 1]}])
def test_a_profile_whose_times_do_not_rise_is_refused(wrong: dict[str, object]) -> None:
    (row,) = read_profiles(msgspec.json.encode([PROFILE | wrong]))

    with pytest.raises(ValueError, match=r"'chat'.*rise to max_latency_s"):
        row.value()


@pytest.mark.parametrize("lanes", [[], ["human"], ["small", "small"]])
def test_a_profile_that_no_machine_answers_is_refused(lanes: list[str]) -> None:
    (row,) = read_profiles(msgspec.json.encode([PROFILE | {"lanes": lanes}]))

    with pytest.raises(ValueError, match=r"'chat'.*each lane once"):
        row.value()


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="not twice: sum_up"):
        read_tasks(msgspec.json.encode([TASK, TASK]))
    with pytest.raises(ValueError, match="not twice: chat"):
        read_profiles(msgspec.json.encode([PROFILE, PROFILE]))


def span(seconds: float) -> str:
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def profile_line(row: ProfileRow) -> str:
    typical = f"{span(row.typical_s[0])} to {span(row.typical_s[1])}"
    lanes = ", ".join(f"`{lane}`" for lane in row.lanes)
    review = "yes" if row.review else "no"
    latency = f"{typical} | {span(row.max_latency_s)} | {row.latency}"
    return f"| `{row.name}` | {row.what} | {latency} | {row.accuracy} | {lanes} | {row.strategy} | {review} |"


def task_line(row: TaskRow) -> str:
    return f"| `{row.name}` | {row.what} | {row.grade} | {row.check} |"


def table(heading: str) -> list[str]:
    """The rows of the page's table below a heading."""
    section = PAGE.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def test_the_reference_has_every_profile_as_it_is() -> None:
    lines = [profile_line(row) for row in PROFILE_ROWS]
    assert table("Profiles") == lines, "the table is made from profiles.json; write:\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("gain", "heading"),
    [("wins", "Reasoning clearly wins"), ("helps", "Reasoning helps"), ("wasted", "Reasoning is wasted")],
)
def test_the_reference_has_every_task_as_it_is(gain: Gain, heading: str) -> None:
    rows = sorted((row for row in TASK_ROWS if row.gain == gain), key=lambda row: -GRADES.index(row.grade))
    lines = [task_line(row) for row in rows]
    assert table(heading) == lines, "the table is made from tasks.json; write:\n" + "\n".join(lines)
