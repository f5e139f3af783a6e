from __future__ import annotations

from msgspec import structs

from lanewise.core.answer import Content, Delta, Generation
from lanewise.core.events import Deltas
from lanewise.core.request import Dialect
from stores.cached import an_answer

EMPTY = an_answer(generation=Generation(dialect=Dialect.OPENAI_CHAT))


def test_what_it_takes_in_memory_grows_with_its_words_and_its_pieces() -> None:
    words = structs.replace(
        EMPTY, generation=Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text="x" * 1_000))
    )
    body = structs.replace(EMPTY, generation=Generation(dialect=Dialect.OPENAI_CHAT, body=b"x" * 1_000))
    pieces = [Delta(raw=b"x" * 100) for _ in range(10)]
    shown = structs.replace(EMPTY, shown=(Deltas(dialect=Dialect.OPENAI_CHAT, deltas=pieces),))
    assert words.size_bytes == body.size_bytes == EMPTY.size_bytes + 1_000
    assert shown.size_bytes > EMPTY.size_bytes + 10 * 100
