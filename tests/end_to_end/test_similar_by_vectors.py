"""Similar questions by the vectors of a vendor: learned through the gateway, billed, and a miss where the vendor is down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from end_to_end.stage import Vendors, asks, ledger, policy, reload
from end_to_end.test_given_again import Asking, asking_in
from lanewise.core.clock import SystemClock
from lanewise.core.ids import RandomIds
from lanewise.operations.learning import keep_learned
from lanewise.operations.vectors import cosines
from lanewise.similarity.learned import Learned, learn_threshold
from lanewise.stores.sealing import seal_for
from similarity.pairs_made_up import QUESTION, SAME, made_up
from stores.opening import database_of

EMBEDDING = "simdeep/sim-embed"
SECTIONS: dict[str, Any] = {
    "cache": {"exact": True},
    "lanes": {"vectors": {"deployments": [EMBEDDING]}},
    "models": {EMBEDDING: "pin", "*": "auto"},
    "prices": {EMBEDDING: {"input": "$0.02", "output": "$0"}},
}
WANTED = {"*": {"cache": {"semantic": {"alpha": "20%", "embedding": EMBEDDING, "audit_share": "0%"}}}}


@pytest.fixture(scope="module")
def gateway(simulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder = tmp_path_factory.mktemp("by-vectors")
    (folder / "lanewise.yaml").write_text(policy(simulator_url, **SECTIONS))
    with asking_in(folder) as asking:
        yield asking


async def learn(gateway: Asking) -> Learned:
    pairs = made_up(200)
    alike = await cosines(pairs, embedding=EMBEDDING, url=gateway.process.url, key="any")
    learned = learn_threshold(pairs, alpha=0.2, delta=0.1, embedding=EMBEDDING, cosines=alike)
    async with database_of(gateway.store) as database:
        seal = seal_for(gateway.store, {})
        await keep_learned(database, seal, learned, tenant="", clock=SystemClock(), ids=RandomIds())
    return learned


async def test_learned_served_billed_and_left_out_where_the_vendor_is_down(
    gateway: Asking, vendors: Vendors, simulator_url: str
) -> None:
    assert (await learn(gateway)).certified.threshold is not None
    (gateway.folder / "lanewise.yaml").write_text(policy(simulator_url, **SECTIONS, tenants=WANTED))
    await reload(gateway.process.url)

    def body(question: str) -> dict[str, Any]:
        return {"model": "lane:standard", "messages": asks(question)}

    path = "/v1/chat/completions"
    assert (await gateway.ask(path, body(QUESTION)))[0] == "miss"
    assert (await gateway.ask(path, body(SAME)))[0] == "similar"
    given = ledger(gateway.store)[-1]
    assert (given["recalled"], given["calls"]) == ("similar", 1)
    assert 0 < given["cost_nanousd"] < given["saved_nanousd"]

    await vendors.fails(model="sim-embed", kind="status", code=503)
    word, answer, _ = await gateway.ask(path, body("how would i change the invoice"))
    assert word == "miss"
    assert b"choices" in answer
    assert ledger(gateway.store)[-1]["outcome"] == "success"
