"""Uses of Google's own tools, read off what an answer says it was grounded in: Google bills them beside tokens.

Of a URL that was read, and of code that was run, only the tokens are billed (`toolUsePromptTokenCount`), so those are no uses.
"""

from __future__ import annotations

#: Kinds of use, by the field that lists the queries of each. Empty queries are not billed, and the same one twice is billed once.
_QUERIES = {
    "webSearchQueries": "web_search",
    "imageSearchQueries": "image_search",
    "retrievalQueries": "retrieval",
}
_MAPS = "maps"
_SEARCHED = ("searchEntryPoint", "groundingChunks", "groundingSupports")  # a search that does not say its queries


class Grounding:
    """What one answer was grounded in, over all that was heard of it."""

    __slots__ = ("_uses",)

    def __init__(self) -> None:
        self._uses: dict[str, set[str]] = {}

    def hear(self, metadata: object) -> None:
        """A candidate's `groundingMetadata`; whatever it holds, the answer is worth more than what is read here."""
        if not isinstance(metadata, dict):
            return
        found = {kind: _texts(metadata.get(field)) for field, kind in _QUERIES.items()}
        chunks = metadata.get("groundingChunks")
        if isinstance(chunks, list) and any(isinstance(chunk, dict) and "maps" in chunk for chunk in chunks):
            found[_MAPS] = {_MAPS}
        if not any(found.values()) and any(metadata.get(field) for field in _SEARCHED):
            found["web_search"] = {""}
        for kind, queries in found.items():
            if queries:
                self._uses.setdefault(kind, set()).update(queries)

    def uses(self) -> dict[str, int]:
        """How often each kind was used so far: `{"web_search": 2}`."""
        return {kind: len(queries - {""}) or 1 for kind, queries in self._uses.items()}


def _texts(told: object) -> set[str]:
    return {each for each in told if isinstance(each, str) and each} if isinstance(told, list) else set()
