from __future__ import annotations

from fastapi import FastAPI
from starlette.testclient import TestClient

from lanewise.core.similar import Looked, SimilarState
from lanewise.server.similar_routes import tell_of_similar
from telemetry.test_similar_metrics import STANDING


def test_an_operator_sees_what_is_in_force_and_what_audits_tell() -> None:
    app = FastAPI()
    state = SimilarState(
        events={("acme", "hit"): 7}, lookups={("index", Looked.LATE): 3}, questions=9, standings=(STANDING,)
    )
    tell_of_similar(app, lambda: state)
    told = TestClient(app).get("/similar").json()
    assert told["questions"] == 9
    assert told["events"] == [{"tenant": "acme", "event": "hit", "count": 7}]
    assert told["lookups"] == [{"asked": "index", "outcome": "late", "count": 3}]
    (tenant,) = told["tenants"]
    assert (tenant["tenant"], tenant["on"], tenant["wrong"], tenant["high"]) == ("acme", False, 4, 0.7)
