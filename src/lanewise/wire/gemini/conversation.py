"""A generateContent request as a conversation, for vendors of other dialects."""

from __future__ import annotations

from lanewise.core.conversation import Conversation, Text, Translated
from lanewise.core.errors import InvalidRequest
from lanewise.wire.gemini.contents import Contents, parts_of
from lanewise.wire.gemini.leaving import config_losses, losses
from lanewise.wire.gemini.schema import json_schema_of
from lanewise.wire.gemini.spelling import fields, read_as
from lanewise.wire.gemini.tools import read_tool_choice, read_tools

_JSON_TYPE, _PLAIN_TYPES = "application/json", ("", "text/plain")
_CONFIG = "generationConfig"


def read_conversation(body: bytes) -> Translated:
    """The body's meaning. Raises InvalidRequest where leaving a part out would change the question."""
    asked = fields(body, "body")
    config = fields(asked.get(_CONFIG, b"{}"), _CONFIG)
    dropped = [*losses(asked), *config_losses(config)]
    schema, json_mode = _format(config)
    conversation = Conversation(
        turns=Contents().read(asked.get("contents", b"[]")),
        system=_system(asked.get("systemInstruction")),
        tools=read_tools(asked["tools"]) if "tools" in asked else (),
        tool_choice=read_tool_choice(asked.get("toolConfig")),
        schema=schema,
        json_mode=json_mode,
        temperature=_number(config, "temperature"),
        top_p=_number(config, "topP"),
        top_k=_whole(config, "topK"),
        presence_penalty=_number(config, "presencePenalty"),
        frequency_penalty=_number(config, "frequencyPenalty"),
        seed=_whole(config, "seed"),
        logprobs=(_whole(config, "logprobs") or 0) if config.get("responseLogprobs") == b"true" else None,
        stop=tuple(read_as(list[str], config.get("stopSequences", b"[]"), f"{_CONFIG}.stopSequences")),
    )
    return Translated(conversation, list(dict.fromkeys(dropped)))


def _system(text: bytes | None) -> tuple[Text, ...]:
    if text is None:
        return ()
    if text.startswith(b'"'):
        return _texts([read_as(str, text, "systemInstruction")])
    where, said = "systemInstruction", []
    for place, part in enumerate(parts_of(fields(text, where).get("parts"))):
        told = fields(part, f"{where}.parts[{place}]")
        if told.keys() - {"text"}:
            raise InvalidRequest(f"`{where}.parts[{place}]`: it must be text", param=f"{where}.parts[{place}]")
        said.append(read_as(str, told.get("text", b'""'), f"{where}.parts[{place}].text"))
    return _texts(said)


def _texts(said: list[str]) -> tuple[Text, ...]:
    return tuple(Text(text=text) for text in said if text)


def _format(config: dict[str, bytes]) -> tuple[bytes | None, bool]:
    """The schema the answer must follow, and whether it must be JSON of any shape."""
    kind = read_as(str, config.get("responseMimeType", b'""'), f"{_CONFIG}.responseMimeType")
    if kind not in (_JSON_TYPE, *_PLAIN_TYPES):
        raise InvalidRequest(
            f"`{_CONFIG}.responseMimeType`: {kind!r} cannot be asked of this vendor; write application/json or text/plain",
            param=f"{_CONFIG}.responseMimeType",
        )
    schema = config.get("responseJsonSchema") or config.get("_responseJsonSchema")
    if schema is None and "responseSchema" in config:
        schema = json_schema_of(config["responseSchema"], f"{_CONFIG}.responseSchema")
    return schema, schema is None and kind == _JSON_TYPE


def _number(config: dict[str, bytes], name: str) -> float | None:
    return read_as(float, config[name], f"{_CONFIG}.{name}") if name in config else None


def _whole(config: dict[str, bytes], name: str) -> int | None:
    """A whole number; Google's own clients write some of them as 40.0."""
    number = _number(config, name)
    if number is None:
        return None
    if not number.is_integer():
        raise InvalidRequest(f"`{_CONFIG}.{name}`: write a whole number", param=f"{_CONFIG}.{name}")
    return int(number)
