"""Which models are kin: those of one family share their mistakes and like their own answers, so they do not judge one another."""

from __future__ import annotations

import re

_FAMILIES: tuple[tuple[str, str], ...] = (
    ("anthropic", r"claude|anthropic"),
    ("deepseek", r"deepseek"),
    ("openai", r"gpt|chatgpt|openai|codex|davinci|(?<![a-z0-9])o[1-9](?![0-9])"),
    ("google", r"gemini|gemma|palm|learnlm"),
    ("qwen", r"qwen|qwq|qvq"),
    ("mistral", r"mistral|mixtral|ministral|codestral|magistral|devstral|pixtral"),
    ("xai", r"grok"),
    ("cohere", r"command|cohere|aya"),
    ("microsoft", r"(?<![a-z])phi(?![a-z])|wizardlm"),
    ("zhipu", r"glm"),
    ("moonshot", r"kimi|moonshot"),
    ("minimax", r"minimax|abab"),
    ("amazon", r"nova|titan"),
    ("yi", r"(?<![a-z])yi(?![a-z])"),
    ("nvidia", r"nemotron"),
    ("meta", r"llama|meta"),
)
_COMPILED = [(name, re.compile(pattern)) for name, pattern in _FAMILIES]
_FIRST_WORD = re.compile(r"[a-z]+")
_MAX_NAME_CHARS = 200


def family_of(model: str) -> str:
    """The family by the model's name, whoever serves it; of a name that nobody knows its first word. Empty for no name.

    A distilled model counts as kin of its teacher where the teacher stands in its name.
    """
    name = model[:_MAX_NAME_CHARS].lower()
    for family, pattern in _COMPILED:
        if pattern.search(name):
            return family
    found = _FIRST_WORD.search(name.rpartition("/")[2])
    return found[0] if found else name


def kin(model: str, other: str) -> bool:
    """Whether two models are of one family; a model without a name is nobody's kin."""
    return bool(model and other) and family_of(model) == family_of(other)
