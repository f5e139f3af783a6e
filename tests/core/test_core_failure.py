"""Which failures are worth another try: a wrong word here asks a vendor in vain, or gives up too soon."""

from __future__ import annotations

import pytest

from lanewise.core.failure import Failure, FailureKind

AGAIN = {
    "rate_limited",
    "overloaded",
    "server_error",
    "unreachable",
    "connection_lost",
    "idle_timeout",
    "cut_stream",
    "malformed",
    "error_event",
    "late_start",
    "resting",
}


@pytest.mark.parametrize("kind", FailureKind)
def test_only_what_may_pass_by_itself_is_transient(kind: FailureKind) -> None:
    """The caller's fault, our own limits, a closed account, the deadline and a caller who left repeat themselves."""
    assert Failure(kind=kind, message="").transient is (kind in AGAIN)
