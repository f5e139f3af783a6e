"""Cache markers, which Anthropic takes inside messages and tools and OpenAI refuses."""

from __future__ import annotations

from lanewise.wire.splice import elements, members, replace_elements, splice

_MARKER = b'"cache_control"'
_NESTED = ("content", "function")  # where a marker may stand below a message or a tool


def without_cache_markers(array: bytes) -> bytes:
    """The array of messages, parts or tools without `cache_control`, all else byte for byte.

    Only where a marker can stand is looked: a tool's own parameter of that name, or a word in a text, is left alone.
    """
    replaced: dict[int, bytes] = {}
    for number, element in enumerate(elements(array)):
        if _MARKER in element and element.startswith(b"{"):
            replaced[number] = _bare(element)
    return replace_elements(array, replaced) if replaced else array


def _bare(element: bytes) -> bytes:
    found = members(element)
    edits: dict[str, bytes | None] = {}
    if "cache_control" in found:
        edits["cache_control"] = None
    for key in _NESTED:
        if key in found:
            _, start, end = found[key]
            value = element[start:end]
            if _MARKER not in value:
                continue
            if value.startswith(b"["):
                edits[key] = without_cache_markers(value)
            elif value.startswith(b"{"):
                edits[key] = splice(value, {"cache_control": None})
    return splice(element, edits, found)
