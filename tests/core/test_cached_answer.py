from __future__ import annotations

import msgspec
from msgspec import structs

from lanewise.core.answer import Delta, Generation
from lanewise.core.cached_answer import CachedAnswer
from lanewise.core.events import Deltas
from lanewise.core.request import Dialect
from stores.cached import an_answer


def test_an_answer_comes_back_from_its_bytes_as_it_was_kept() -> None:
    pieces = tuple(Deltas(dialect=Dialect.OPENAI_CHAT, deltas=[Delta(raw=b"\xff" * size)]) for size in range(3))
    body = Generation(dialect=Dialect.OPENAI_CHAT, body=bytes(range(256)))
    for answer in (an_answer(), an_answer(generation=body), structs.replace(an_answer(), shown=pieces)):
        packed = msgspec.msgpack.encode(answer)
        assert msgspec.msgpack.decode(packed, type=CachedAnswer) == answer
