"""The processes of a gateway's verifiers."""

from __future__ import annotations

import pytest

from judging import candidate, nobody
from lanewise.bootstrap.verifiers import VERIFIERS
from lanewise.bootstrap.workers import Workers
from lanewise.core.clock import SystemClock
from lanewise.verifiers.maths.task import MathTask
from lanewise.verifiers.webhook import Delivery, WebhookDown
from lanewise.verifiers.worker_pool import NoAnswer


async def test_the_workers_of_a_gateway_answer_and_end_with_it() -> None:
    workers = Workers(SystemClock())
    try:
        assert (await workers.calculate(MathTask(text="4", expected="2^2"))).right
    finally:
        await workers.close()
    with pytest.raises(NoAnswer):
        await workers.calculate(MathTask(text="4", expected="4"))


async def test_who_has_no_process_left_has_no_vectors() -> None:
    workers = Workers(SystemClock())
    await workers.close()
    assert await workers.vectors.vector("how do i change my order") is None


async def test_the_way_out_to_webhooks_leads_to_no_private_address() -> None:
    there = Delivery(url="http://127.0.0.1:9/", body=b"{}", secret="x" * 16, timeout_s=5.0, allow_private=False)
    with pytest.raises(WebhookDown, match="not out on the internet"):
        await Workers(SystemClock()).deliver(there)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("math_answer", "calculate"),
        ("python_tests", "interpret"),
        ("code_compiles", "compiled type_checked"),
        ("command", "sandbox"),
    ],
)
async def test_a_verifier_is_made_with_the_workers_it_needs(name: str, needed: str) -> None:
    workers = Workers(SystemClock())
    verifier = VERIFIERS[name]
    options = verifier.options(run=["true"]) if name == "command" else verifier.options()
    try:
        assert (
            await verifier(options, **{each: getattr(workers, each) for each in needed.split()}).verify(
                candidate(""), nobody
            )
        ).word == "unverifiable"
    finally:
        await workers.close()
