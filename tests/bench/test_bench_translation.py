"""What the benchmark of translation streams, asks and reckons; the gateway process itself is only run by `make bench`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.translation import DIALECTS, LONG, PATHS, SHORT, Figure, asked, pieces, ratio, settings, table, verdict

from lanewise.bootstrap.policies import load_text
from lanewise.config.build import DIALECTS as SPOKEN
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Target
from lanewise.wire import INBOUND, OUTBOUND


@pytest.mark.parametrize(
    ("path", "dialect"), list(zip(PATHS, ("openai", "openai_responses", "anthropic", "gemini"), strict=True))
)
@pytest.mark.parametrize(("model", "tokens"), [("bench-short", SHORT), ("bench-long", LONG)])
def test_a_stream_has_a_token_a_piece_and_is_whole(path: str, dialect: str, model: str, tokens: int) -> None:
    stream = pieces(f"/v1{path}", model.encode())
    reader = OUTBOUND[SPOKEN[dialect]].stream_reader(ModelFacts())
    deltas = [delta for piece in stream for delta in reader.feed(piece)]
    assert sum(1 for delta in deltas if delta.text) == tokens
    assert "forty-two" in "".join(delta.text for delta in deltas)
    assert reader.end() is None


def test_every_model_of_the_policy_can_be_asked_in_every_dialect(tmp_path: Path) -> None:
    policy = load_text(settings("http://127.0.0.1:1", tmp_path), file="lanewise.yaml").policy
    for caller in DIALECTS:
        for name in policy.deployments:
            path, body = asked(caller, name)
            target = Target(model=name, stream="stream" in path)
            request = INBOUND[SPOKEN[caller]].read_request(json.dumps(body).encode(), target)
            assert (request.model, request.stream) == (name, True)


FIGURES = [
    Figure(caller="openai", vendor="openai", us=10.0),
    Figure(caller="openai", vendor="gemini", us=25.0),
    Figure(caller="gemini", vendor="gemini", us=40.0),
    Figure(caller="gemini", vendor="openai", us=44.0),
]


def test_a_translation_is_measured_against_the_caller_s_own_dialect() -> None:
    assert [ratio(each, FIGURES) for each in FIGURES] == [1.0, 2.5, 1.0, 1.1]
    assert verdict(FIGURES) == (True, "gemini said to openai: 2.50 times its own dialect, goal at most 3: met")
    assert not verdict([*FIGURES, Figure(caller="openai", vendor="anthropic", us=31.0)])[0]
    assert table(FIGURES).row_count == 4
