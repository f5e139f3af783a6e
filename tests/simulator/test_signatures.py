from __future__ import annotations

import pytest

from lanewise.simulator.signatures import Signer

SIGNATURE = Signer(7).sign("I think", account="a", model="m", nonce="1")


def test_a_simulator_knows_its_own_thinking_after_a_restart() -> None:
    assert Signer(7).valid(SIGNATURE, "I think", account="a", model="m")


@pytest.mark.parametrize(
    ("seed", "text", "account", "model"),
    [(8, "I think", "a", "m"), (7, "I thunk", "a", "m"), (7, "I think", "b", "m"), (7, "I think", "a", "n")],
)
def test_nobody_else_s_and_no_other_thinking_is_known(seed: int, text: str, account: str, model: str) -> None:
    assert not Signer(seed).valid(SIGNATURE, text, account=account, model=model)


@pytest.mark.parametrize("damaged", ["", "no base64!", SIGNATURE[:-4], "AAAA" + SIGNATURE[4:]])
def test_what_is_no_signature_is_none(damaged: str) -> None:
    assert not Signer(7).valid(damaged, "I think", account="a", model="m")
