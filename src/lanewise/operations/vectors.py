"""The vectors of questions from a deployment, asked through a running gateway, and how alike they make pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
import numpy as np

from lanewise.core.errors import LanewiseError
from lanewise.similarity.index import unit
from lanewise.similarity.learned import Labelled
from lanewise.similarity.nearest_exact import Floats

PATH = "/v1/embeddings"
AT_ONCE = 64  # texts of one request
_PATIENCE = aiohttp.ClientTimeout(total=120)


class NoVectors(LanewiseError):
    """The gateway did not give them."""


async def cosines(
    pairs: Sequence[Labelled],
    *,
    embedding: str,
    url: str,
    key: str,
    done: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[float]:
    """How alike the questions of each pair are by this deployment. It costs what asking costs. Raises NoVectors."""
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.one, pair.other)))
    found: dict[str, Floats] = {}
    headers = {"authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(timeout=_PATIENCE, headers=headers) as http:
        for begin in range(0, len(texts), AT_ONCE):
            some = texts[begin : begin + AT_ONCE]
            vectors = await _asked(http, f"{url.rstrip('/')}{PATH}", some, embedding)
            found |= zip(some, vectors, strict=True)
            done(len(found), len(texts))
    return [float(np.vecdot(found[pair.one], found[pair.other])) for pair in pairs]


async def _asked(http: aiohttp.ClientSession, url: str, texts: list[str], embedding: str) -> list[Floats]:
    body = {"model": embedding, "input": texts, "encoding_format": "float"}
    try:
        async with http.post(url, json=body) as response:
            told: dict[str, Any] = await response.json()
            if response.status != 200:
                raise NoVectors(f"{embedding} gave no vectors: {response.status} {str(told)[:300]}")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NoVectors(f"The gateway at {url} gave no vectors: {type(error).__name__} {error}") from error
    answered = told.get("lanewise", {}).get("deployment")
    if answered != embedding:
        raise NoVectors(
            f"The gateway asked {answered!r} and not {embedding!r}: write `models: {{{embedding}: pin}}` in its policy, "
            "and the deployment in a lane"
        )
    rows = sorted(told["data"], key=lambda row: int(row["index"]))
    if len(rows) != len(texts):
        raise NoVectors(f"{embedding} gave {len(rows)} vectors for {len(texts)} questions")
    return [unit(np.array(row["embedding"], dtype=np.float32)) for row in rows]
