"""A chat completion request as a conversation, for vendors of other dialects."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import msgspec

from lanewise import core
from lanewise.core.conversation import (
    Document,
    Image,
    Part,
    Role,
    Text,
    ToolResult,
    ToolUse,
    Translated,
    Turn,
)
from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_chat.body import COMPLAINTS
from lanewise.wire.openai_chat.leaving import NO_THOUGHTS, losses
from lanewise.wire.openai_chat.tools import ToolSpec, read_tool_choice, read_tools
from lanewise.wire.own_keys import METADATA_HINTS


class _ImageUrl(msgspec.Struct, gc=False):
    url: str = ""
    detail: str | None = None


class _File(msgspec.Struct, gc=False):
    file_data: str = ""
    filename: str = ""
    file_id: str = ""


class _Sound(msgspec.Struct, gc=False):
    data: str
    format: str = ""


class _Part(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    refusal: str | None = None
    image_url: _ImageUrl | str | None = None
    file: _File | None = None
    input_audio: _Sound | None = None
    video_url: _ImageUrl | None = None
    cache_control: msgspec.Raw = msgspec.Raw()


class _Function(msgspec.Struct, gc=False):
    name: str
    arguments: str = ""


class _ToolCall(msgspec.Struct, gc=False):
    id: str
    function: _Function | None = None


class _Message(msgspec.Struct, gc=False):
    role: str
    content: str | list[_Part | str] | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_call_id: str | None = None
    function_call: Any = None
    audio: Any = None
    reasoning_content: Any = None
    cache_control: msgspec.Raw = msgspec.Raw()


class _JsonSchema(msgspec.Struct, gc=False):
    name: Any = ""
    strict: bool | None = None
    schema: msgspec.Raw = msgspec.Raw()


class _ResponseFormat(msgspec.Struct, gc=False):
    type: str = "text"
    json_schema: _JsonSchema | None = None


class _Body(msgspec.Struct, gc=False):
    messages: list[_Message]
    tools: list[ToolSpec] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    response_format: _ResponseFormat | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    stop: str | list[str] | None = None
    user: str | None = None
    safety_identifier: str | None = None


_BODY = msgspec.json.Decoder(_Body)
_PARAMETERS = msgspec.json.Decoder(dict[str, Any])
_DATA_URL = re.compile(r"data:(?P<media_type>[\w.+-]+/[\w.+-]+)?(?:;[\w=.+-]+)*?;base64,(?P<data>.*)", re.DOTALL)
_THOUGHTS = frozenset({"thinking", "reasoning"})
_SYSTEM_ROLES = ("system", "developer")


def read_conversation(body: bytes) -> Translated:
    """The body's meaning. Raises InvalidRequest where leaving a part out would change the question."""
    asked = COMPLAINTS.read(_BODY, body)
    parameters = COMPLAINTS.read(_PARAMETERS, body)
    if isinstance(parameters.get("metadata"), dict):
        rest = {key: value for key, value in parameters["metadata"].items() if key not in METADATA_HINTS}
        parameters["metadata"] = rest
    dropped = losses(parameters)
    reading = _Messages(dropped)
    for place, message in enumerate(asked.messages):
        reading.add(message, f"messages[{place}]")
    format_ = _format(asked.response_format)
    conversation = core.conversation.Conversation(
        turns=tuple(Turn(role=role, parts=tuple(parts)) for role, parts in reading.turns if parts),
        system=tuple(reading.system),
        tools=read_tools(asked.tools or []),
        tool_choice=read_tool_choice(asked.tool_choice, parallel=asked.parallel_tool_calls is not False),
        schema=bytes(format_.schema) or None,
        schema_name=format_.name if isinstance(format_.name, str) else "",
        schema_strict=format_.strict,
        json_mode=asked.response_format is not None and asked.response_format.type == "json_object",
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        presence_penalty=asked.presence_penalty,
        frequency_penalty=asked.frequency_penalty,
        seed=asked.seed,
        logprobs=asked.top_logprobs or 0 if asked.logprobs else None,
        stop=tuple([asked.stop] if isinstance(asked.stop, str) else asked.stop or ()),
        user=asked.user or asked.safety_identifier,
    )
    return Translated(conversation, list(dict.fromkeys(dropped)))


class _Messages:
    """Collects messages into turns: neighbours of one side become one turn, tool results belong to the user's side."""

    def __init__(self, dropped: list[str]) -> None:
        self.system: list[Text] = []
        self.turns: list[tuple[Role, list[Part]]] = []
        self._dropped = dropped

    def add(self, message: _Message, where: str) -> None:
        if message.name is not None:
            self._dropped.append("messages[].name: this vendor knows no names of speakers")
        if message.role in _SYSTEM_ROLES:
            self._add_system(message, where)
        elif message.role == "user":
            self._side("user").extend(self._parts(message, where))
        elif message.role == "assistant":
            self._add_assistant(message, where)
        elif message.role == "tool":
            self._add_result(message, where)
        else:
            raise InvalidRequest(
                f"`{where}.role`: {message.role!r} cannot be said to this vendor; write system, developer, user, assistant or tool",
                param=f"{where}.role",
            )

    def _side(self, role: Role) -> list[Part]:
        if not self.turns or self.turns[-1][0] != role:
            self.turns.append((role, []))
        return self.turns[-1][1]

    def _add_system(self, message: _Message, where: str) -> None:
        if self.turns:
            self._dropped.append("messages: a system message after the first turn was moved to the front")
        for part in self._parts(message, where):
            if not isinstance(part, Text):
                raise InvalidRequest(f"`{where}.content`: a system message must be text", param=f"{where}.content")
            self.system.append(part)

    def _add_assistant(self, message: _Message, where: str) -> None:
        if message.audio is not None or message.function_call is not None:
            raise InvalidRequest(
                f"`{where}`: `audio` and `function_call` cannot be said to this vendor; write text and `tool_calls`",
                param=where,
            )
        if message.reasoning_content:
            self._dropped.append(f"messages[].reasoning_content: {NO_THOUGHTS}")
        side = self._side("assistant")
        side.extend(self._parts(message, where))
        if message.refusal:
            side.append(Text(text=message.refusal))
        for number, call in enumerate(message.tool_calls or ()):
            side.append(_tool_use(call, f"{where}.tool_calls[{number}]"))

    def _add_result(self, message: _Message, where: str) -> None:
        if message.tool_call_id is None:
            raise InvalidRequest(
                f"`{where}.tool_call_id`: it is missing; write the id of the call that this answers",
                param=f"{where}.tool_call_id",
            )
        parts = self._parts(message, where)
        marker = next((part.cache_marker for part in reversed(parts) if part.cache_marker is not None), None)
        self._side("user").append(
            ToolResult(call_id=message.tool_call_id, parts=tuple(_unmarked(parts)), cache_marker=marker)
        )

    def _parts(self, message: _Message, where: str) -> list[Text | Image | Document]:
        """Parts of a message; a marker on the whole message counts for its last part."""
        content = message.content
        marker = bytes(message.cache_control) or None
        if content is None or content == "":
            return []
        if isinstance(content, str):
            return [Text(text=content, cache_marker=marker)]
        parts: list[Text | Image | Document] = []
        for number, part in enumerate(content):
            last = marker if number == len(content) - 1 else None
            read = self._part(part, f"{where}.content[{number}]", last)
            if read is not None:
                parts.append(read)
        return parts

    def _part(self, part: _Part | str, where: str, marker: bytes | None) -> Text | Image | Document | None:
        if isinstance(part, str):
            return Text(text=part, cache_marker=marker) if part else None
        marker = bytes(part.cache_control) or marker
        if part.type in {"text", "refusal", "input_text"}:
            text = part.text or part.refusal
            return Text(text=text, cache_marker=marker) if text else None
        if part.type in _THOUGHTS:
            self._dropped.append(f"messages[].content: {NO_THOUGHTS}")
            return None
        if part.type == "image_url" and part.image_url is not None:
            return self._image(part.image_url, where, marker)
        if part.type == "file" and part.file is not None:
            return _document(part.file, where, marker)
        if part.type == "input_audio" and part.input_audio is not None:
            sound = part.input_audio
            return Document(data=sound.data, media_type=f"audio/{sound.format or 'wav'}", cache_marker=marker)
        if part.type == "video_url" and part.video_url is not None:
            return _film(part.video_url.url, where, marker)
        raise InvalidRequest(
            f"`{where}.type`: {part.type!r} cannot be said to this vendor; write text, image_url, file or input_audio",
            param=f"{where}.type",
        )

    def _image(self, image: _ImageUrl | str, where: str, marker: bytes | None) -> Image:
        if isinstance(image, _ImageUrl):
            if image.detail not in {None, "auto"}:
                self._dropped.append("image_url.detail: this vendor has no such setting")
            image = image.url
        embedded = _DATA_URL.fullmatch(image)
        if embedded is not None:
            return Image(data=embedded["data"], media_type=embedded["media_type"] or "", cache_marker=marker)
        if image.startswith(("https://", "http://")):
            return Image(url=image, cache_marker=marker)
        raise InvalidRequest(
            f"`{where}.image_url.url`: write an https address or data:image/png;base64,...",
            param=f"{where}.image_url.url",
        )


def _document(file: _File, where: str, marker: bytes | None) -> Document:
    embedded = _DATA_URL.fullmatch(file.file_data)
    if embedded is not None:
        media_type = embedded["media_type"] or "application/pdf"
        return Document(data=embedded["data"], media_type=media_type, name=file.filename, cache_marker=marker)
    if file.file_data.startswith(("https://", "http://")):  # as OpenRouter takes them
        return Document(url=file.file_data, media_type="application/pdf", name=file.filename, cache_marker=marker)
    reason = "the file lies with OpenAI" if file.file_id else "it has no bytes"
    raise InvalidRequest(
        f"`{where}.file`: {reason}; write file_data as data:application/pdf;base64,...", param=f"{where}.file"
    )


def _film(url: str, where: str, marker: bytes | None) -> Document:
    embedded = _DATA_URL.fullmatch(url)
    if embedded is not None:
        return Document(data=embedded["data"], media_type=embedded["media_type"] or "video/mp4", cache_marker=marker)
    if url.startswith(("https://", "http://")):
        return Document(url=url, media_type="video/mp4", cache_marker=marker)
    raise InvalidRequest(
        f"`{where}.video_url.url`: write an https address or data:video/mp4;base64,...", param=f"{where}.video_url.url"
    )


def _unmarked(parts: list[Text | Image | Document]) -> list[Text | Image | Document]:
    """A tool result carries one marker for all its parts."""
    return [part if part.cache_marker is None else dataclasses.replace(part, cache_marker=None) for part in parts]


def _tool_use(call: _ToolCall, where: str) -> ToolUse:
    if call.function is None:
        raise InvalidRequest(f"`{where}`: only calls of functions can be said to this vendor", param=where)
    return ToolUse(id=call.id, name=call.function.name, arguments=call.function.arguments)


def _format(format_: _ResponseFormat | None) -> _JsonSchema:
    """The schema that is asked for; an empty one where there is none."""
    if format_ is None or format_.type != "json_schema" or format_.json_schema is None:
        return _JsonSchema()
    return format_.json_schema
