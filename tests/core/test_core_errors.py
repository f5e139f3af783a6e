"""Every deliberate exception has a status and a kind that callers can act on, and stands in the tree of the docstring."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lanewise.core import errors
from lanewise.core.errors import InvalidKey, LanewiseError, LimitReached, NotAllowed, Unavailable, UnknownModel


def below(error: type[LanewiseError]) -> Iterator[type[LanewiseError]]:
    for each in error.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each
            yield from below(each)


def test_the_drawn_tree_shows_every_error_and_no_other() -> None:
    drawn = {line.split()[1] for line in (errors.__doc__ or "").splitlines() if line.strip().startswith(("x ", "+ "))}
    assert drawn == {error.__name__ for error in below(LanewiseError)}


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (UnknownModel("no"), 404, "invalid_request_error"),
        (errors.BodyTooLarge("no"), 413, "invalid_request_error"),
        (NotAllowed("no"), 403, "permission_error"),
        (InvalidKey("no"), 401, "authentication_error"),
        (LimitReached("no", retry_after_s=1.0, limit="tenant.rate"), 429, "rate_limit_error"),
        (Unavailable("no"), 503, "unavailable"),
    ],
)
def test_a_refusal_s_status_is_what_the_openai_sdk_maps_to_its_own_exceptions(
    error: LanewiseError, status: int, kind: str
) -> None:
    assert (error.status, error.kind) == (status, kind)
    assert str(error) == error.message == "no"


def test_a_limit_says_when_to_come_back_and_which_it_is() -> None:
    refused = LimitReached("too many", retry_after_s=2.5, limit="tenant.concurrency")
    assert (refused.retry_after_s, refused.limit, refused.param) == (2.5, "tenant.concurrency", None)
