"""What becomes of a generateContent request's parameters when the request leaves the dialect: a table, so that nothing is lost unsaid.

A parameter that is neither here nor carried by the conversation is unknown, and dropped as such.
"""

from __future__ import annotations

from collections.abc import Mapping

from lanewise.wire.gemini.spelling import read_as
from lanewise.wire.losses import Leaving, Loss

#: Read elsewhere: into the call, the conversation or Lanewise's own hints.
CARRIED = frozenset({"model", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "lanewise"})
CARRIED_CONFIG = frozenset(
    {
        "maxOutputTokens", "temperature", "topP", "topK", "stopSequences", "seed", "presencePenalty", "frequencyPenalty",
        "responseLogprobs", "logprobs", "responseMimeType", "responseSchema", "responseJsonSchema", "_responseJsonSchema",
        "thinkingConfig",
    }
)  # fmt: skip

LOSSES: dict[str, Loss] = {
    "cachedContent": Loss("what it names is kept at Google; send the contents themselves", refused=True),
    "modelArmorConfig": Loss("Model Armor guards Google's models only", refused=True),
    "safetySettings": Loss("the thresholds are Google's own", neutral=([],)),
    "labels": Loss("labels are for Google's bill", neutral=({},)),
    "serviceTier": Loss("the levels are Google's own", neutral=("standard", "unspecified")),
    "store": Loss("this vendor keeps no answers", neutral=(False,)),
}
CONFIG_LOSSES: dict[str, Loss] = {
    "candidateCount": Loss("this vendor gives one answer per call; ask as often", refused=True, neutral=(1,)),
    "responseModalities": Loss(
        "this vendor answers in text only", refused=True, neutral=([], ["TEXT"], ["text"], ["MODALITY_UNSPECIFIED"])
    ),
    "speechConfig": Loss("this vendor gives no speech", refused=True, neutral=({},)),
    "imageConfig": Loss("this vendor gives no pictures", refused=True, neutral=({},)),
    "mediaResolution": Loss("this vendor has no such setting", neutral=("MEDIA_RESOLUTION_UNSPECIFIED",)),
    "audioTimestamp": Loss("this vendor has no such setting", neutral=(False,)),
    "enableAffectiveDialog": Loss("this vendor has no such setting", neutral=(False,)),
    "enableEnhancedCivicAnswers": Loss("this vendor has no such setting", neutral=(False,)),
    "routingConfig": Loss("Google's own choice of models"),
    "modelSelectionConfig": Loss("Google's own choice of models"),
}
_BODY = Leaving(CARRIED, LOSSES)
_CONFIG = Leaving(CARRIED_CONFIG, CONFIG_LOSSES, within="generationConfig")


def losses(members: Mapping[str, bytes]) -> list[str]:
    """What is dropped of the body, each as `parameter: reason`. Raises InvalidRequest where the answer would be to another question."""
    return _BODY.losses(members, _read)


def config_losses(members: Mapping[str, bytes]) -> list[str]:
    """The same of `generationConfig`."""
    return _CONFIG.losses(members, _read)


def _read(text: bytes, where: str) -> object:
    return read_as(object, text, where)
