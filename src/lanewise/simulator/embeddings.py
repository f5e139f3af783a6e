"""Simulated embeddings: a text's vector is the sum of its words' own, so that texts with common words are near each other."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any

from lanewise.simulator import tokens
from lanewise.simulator.books import CallRecord
from lanewise.simulator.exchange import InputUsage, RejectedError
from lanewise.simulator.models import EMBEDDING_MODELS, SimulatedModel
from lanewise.simulator.playback import Connection
from lanewise.simulator.vendors import ChatEndpoint, Taken

DIMENSIONS = 256
_MOST_INPUTS = 2_048


class EmbeddingEndpoint(ChatEndpoint):
    """The ASGI endpoint of one vendor's embeddings path."""

    async def respond(self, connection: Connection, record: CallRecord, taken: Taken) -> None:
        """Answer a request that no fault refused."""
        body = taken.body
        model = self._model(body)
        inputs = _inputs(body)
        size = _dimensions(body)
        as_text = _format(body) == "base64"
        used = InputUsage(total=sum(_tokens(each) for each in inputs))
        rows = [
            {"object": "embedding", "index": place, "embedding": _told(vector(each, size), as_text=as_text)}
            for place, each in enumerate(inputs)
        ]
        record.status, record.completed = 200, True
        self.world.books.settle(record, model, used, (0, 0))
        usage = {"prompt_tokens": used.total, "total_tokens": used.total}
        await connection.json(200, {"object": "list", "data": rows, "model": model.id, "usage": usage})

    def _model(self, body: dict[str, Any]) -> SimulatedModel:
        for model in EMBEDDING_MODELS:
            if (model.vendor, model.id) == (self.vendor.name, body.get("model")):
                return model
        message = f"The model `{body.get('model')}` does not exist or you do not have access to it."
        raise RejectedError(404, message, kind="invalid_request_error", code="model_not_found")


def vector(given: str | Sequence[int], size: int) -> list[float]:
    """The unit vector of a text, or of a list of token numbers."""
    words = given.lower().split() if isinstance(given, str) else [f"#{number}" for number in given]
    sums = [math.fsum(column) for column in zip(*(_direction(word, size) for word in words or [""]), strict=True)]
    length = math.sqrt(math.fsum(each * each for each in sums)) or 1.0
    return [struct.unpack("<f", struct.pack("<f", each / length))[0] for each in sums]


@lru_cache(maxsize=4_096)
def _direction(word: str, size: int) -> tuple[float, ...]:
    random = Random(hashlib.blake2b(word.encode(), digest_size=8).digest())  # noqa: S311 - a simulation
    return tuple(random.gauss(0.0, 1.0) for _ in range(size))


def _told(numbers: list[float], *, as_text: bool) -> list[float] | str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode() if as_text else numbers


def _inputs(body: dict[str, Any]) -> list[str | list[int]]:
    given = body.get("input")
    if isinstance(given, str) or (isinstance(given, list) and given and all(isinstance(each, int) for each in given)):
        given = [given]
    fit = isinstance(given, list) and 0 < len(given) <= _MOST_INPUTS
    if not fit or not all(isinstance(each, str | list) and each for each in given or ()):
        raise _refused("'$.input' is invalid. Please check the API reference", "input")
    return list(given or ())


def _dimensions(body: dict[str, Any]) -> int:
    size = body.get("dimensions", DIMENSIONS)
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= DIMENSIONS:
        raise _refused(f"{size} is not between 1 and {DIMENSIONS} - 'dimensions'", None)
    return size


def _format(body: dict[str, Any]) -> str:
    word = body.get("encoding_format", "float")
    if word not in ("float", "base64"):
        raise _refused(f"'{word}' is not one of ['float', 'base64'] - 'encoding_format'", None)
    return str(word)


def _tokens(given: str | list[int]) -> int:
    return tokens.count(given) if isinstance(given, str) else len(given)


def _refused(message: str, param: str | None) -> RejectedError:
    return RejectedError(400, message, kind="invalid_request_error", param=param)
