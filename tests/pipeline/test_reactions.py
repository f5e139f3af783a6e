"""The table of what follows a failure: complete, explained, and in keeping with what may never be done."""

from __future__ import annotations

import pytest

from lanewise.core.failure import Failure, FailureKind
from lanewise.pipeline.reactions import OUR_LIMITS, REACTIONS, Reaction

NOTHING = Reaction()


def without_reason(kind: FailureKind) -> Reaction:
    return REACTIONS[kind]._replace(why="")


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_reaction_and_a_reason_for_it(kind: FailureKind) -> None:
    assert REACTIONS[kind].why


@pytest.mark.parametrize("kind", FailureKind)
def test_who_may_be_asked_again_may_be_replaced_at_once(kind: FailureKind) -> None:
    """Waiting for the same vendor comes after asking another one, so it is never all there is."""
    reaction = REACTIONS[kind]
    assert reaction.elsewhere or not reaction.again


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if Failure(kind=kind, message="").transient])
def test_what_may_be_over_soon_is_worth_a_wait_and_a_faster_lane(kind: FailureKind) -> None:
    assert REACTIONS[kind].later
    assert REACTIONS[kind].faster


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.CONTENT_FILTER,  # no shopping for a vendor that lets it pass
        FailureKind.BAD_REQUEST,
        FailureKind.DEADLINE,
        FailureKind.CANCELLED,
        FailureKind.SHUTDOWN,
        FailureKind.INTERNAL,
        *sorted(OUR_LIMITS),
    ],
)
def test_what_nobody_else_may_or_could_heal_ends_the_run(kind: FailureKind) -> None:
    assert without_reason(kind) == NOTHING


def test_a_model_that_cannot_take_a_request_gives_way_to_one_that_can_and_not_to_a_faster_lane() -> None:
    assert without_reason(FailureKind.UNTRANSLATABLE) == Reaction(elsewhere=True)


def test_a_lane_that_is_too_slow_gives_way_to_a_faster_one_and_not_to_its_own_others() -> None:
    assert without_reason(FailureKind.SLOW) == Reaction(faster=True)
