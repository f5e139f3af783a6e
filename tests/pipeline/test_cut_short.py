"""What an exception that ends a call or a run says about it."""

from __future__ import annotations

import asyncio

import pytest

from lanewise.core.failure import FailureKind
from lanewise.pipeline.cut_short import failure_of


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncio.CancelledError(), FailureKind.CANCELLED),
        (asyncio.CancelledError(None), FailureKind.CANCELLED),
        (asyncio.CancelledError("for some other reason"), FailureKind.CANCELLED),
        (asyncio.CancelledError(FailureKind.SHUTDOWN), FailureKind.SHUTDOWN),
        (ZeroDivisionError(), FailureKind.INTERNAL),
        (TimeoutError(), FailureKind.INTERNAL),
        (GeneratorExit(), FailureKind.INTERNAL),
    ],
)
def test_only_who_was_told_to_stop_was_not_left_alone(error: BaseException, kind: FailureKind) -> None:
    assert failure_of(error).kind is kind
