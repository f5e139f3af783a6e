"""Cache markers, taken out of a chat completion request and nothing else with them."""

from __future__ import annotations

from lanewise.core.policy import ModelFacts
from lanewise.wire.splice import splice
from wire.calls import sent

MARKED = (
    b'{"model":"any","messages":[{"role":"user","content":[ {"type":"text","text":"\\"cache_control\\": 1.10",'
    b'"cache_control":{"type":"ephemeral"}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":'
    b'{"properties":{"cache_control":{"type":"string"}}}},"cache_control":{"type":"ephemeral"}}]}'
)


def test_cache_markers_are_removed_where_they_stand_and_nowhere_else() -> None:
    wire = sent(MARKED)
    bare = MARKED.replace(b',"cache_control":{"type":"ephemeral"}', b"")
    assert wire.body == splice(bare, {"model": b'"served-model"', "max_tokens": b"4096"})
    assert wire.dropped == ("cache_control: the model takes no cache markers",)


def test_cache_markers_stay_where_the_model_takes_them() -> None:
    wire = sent(MARKED, facts=ModelFacts(cache_markers=True))
    assert wire.body == splice(MARKED, {"model": b'"served-model"', "max_tokens": b"4096"})
    assert wire.dropped == ()
