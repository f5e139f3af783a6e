"""Renders replies as OpenAI responses, whole or as server-sent events, and seals their reasoning."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from lanewise.simulator.exchange import Ask, Frame, Kept, RejectedError, Reply
from lanewise.simulator.openai_response import OpenAIWriter
from lanewise.simulator.responses_memory import Item, ResponsesMemory
from lanewise.simulator.signatures import Signer

_CHUNK_TOKENS = 3
_HIDDEN_STEP_TOKENS = 24
_ARGUMENT_CHARS = 12
#: What was asked and is told again, with what it is where it was not asked.
_ECHOED: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "text": None,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "user": None,
}
_TOOL = {"description": None, "parameters": None, "strict": True}
_encode = msgspec.json.encode


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponsesWriter:
    """Writes the responses of the simulated OpenAI, and remembers those that are to be stored."""

    memory: ResponsesMemory
    signer: Signer
    chat: OpenAIWriter
    clock: Callable[[], float]  # Unix seconds

    def body(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> bytes:
        """The JSON of a non-stream response."""
        return _encode(self._finished(ask, reply, response_id=response_id, created=created, model=model))

    def frames(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> Iterator[Frame]:
        """The stream, step by step; hidden thinking takes steps that send nothing."""
        events = _Events()
        begun = _response(ask, response_id, created, model) | {"status": "in_progress", "output": [], "usage": None}
        yield Frame(data=events.write("created", response=begun) + events.write("in_progress", response=begun))
        done = thought = 0
        for place, item in enumerate(self._items(ask, reply, response_id)):
            kind = item["type"]
            if kind == "reasoning":
                for frame in _thinking(events, place, item, reply):
                    thought = frame.reasoning_tokens
                    yield frame
                done = thought
            elif kind == "message":
                for frame in _words(events, place, item, reply):
                    yield Frame(
                        data=frame.data,
                        tokens=frame.tokens,
                        output_tokens=thought + frame.output_tokens,
                        reasoning_tokens=thought,
                        content=frame.content,
                    )
                done = thought + len(reply.answer)
            else:
                for data in _call(events, place, item):
                    yield Frame(data=data, output_tokens=done, reasoning_tokens=thought, content=True)
                tokens = reply.tool_calls[place - len(_before_calls(reply))].tokens
                done += tokens
                yield Frame(tokens=tokens, output_tokens=done, reasoning_tokens=thought)
        response = self._finished(ask, reply, response_id=response_id, created=created, model=model)
        last = events.write(response["status"], response=response)
        yield Frame(data=last, output_tokens=done, reasoning_tokens=thought)

    def error(self, rejected: RejectedError, request_id: str) -> dict[str, Any]:
        """The error body."""
        return self.chat.error(rejected, request_id)

    def error_event(self, rejected: RejectedError, _request_id: str) -> bytes:
        """An error in the middle of a stream."""
        told = {"code": rejected.code or rejected.kind, "message": rejected.message, "param": rejected.param}
        return b"event: error\ndata: " + _encode({"type": "error", "sequence_number": 0} | told) + b"\n\n"

    def _finished(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> dict[str, Any]:
        items = self._items(ask, reply, response_id)
        kept = ask.kept or Kept()
        if kept.store:
            self.memory.keep(ask.account, response_id, (*kept.said, *items))
        reason = {"length": "max_output_tokens", "refusal": "content_filter"}.get(reply.finish)
        return _response(ask, response_id, created, model) | {
            "status": "completed" if reason is None else "incomplete",
            "completed_at": int(self.clock()) if reason is None else None,
            "incomplete_details": None if reason is None else {"reason": reason},
            "output": items,
            "usage": _usage(ask, reply),
        }

    def _items(self, ask: Ask, reply: Reply, response_id: str) -> list[Item]:
        name = response_id.removeprefix("resp_")
        items: list[Item] = []
        if reply.reasoning:
            shown = ask.display == "full"
            summary = [{"type": "summary_text", "text": "".join(reply.reasoning)}] if shown else []
            item = {"id": f"rs_{name}", "type": "reasoning", "summary": summary}
            if ask.kept is not None and ask.kept.sealed:
                seal = self.signer.sign(item["id"], account=ask.account, model=ask.model.id, nonce=name)  # type: ignore[arg-type]  # of an item that has one
                item["encrypted_content"] = seal
            items.append(item)
        if reply.answer or not reply.tool_calls:
            part = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": _logprobs(ask, reply)}
            status = "incomplete" if reply.finish == "length" else "completed"
            message = {"id": f"msg_{name}", "type": "message", "role": "assistant", "status": status, "content": [part]}
            items.append(message)
        items += [
            {
                "id": f"fc_{name}_{number}",
                "type": "function_call",
                "call_id": f"call_{call.id}",
                "name": call.name,
                "arguments": call.arguments,
                "status": "completed",
            }
            for number, call in enumerate(reply.tool_calls)
        ]
        return items


class _Events:
    """Numbers events as they are written."""

    def __init__(self) -> None:
        self._number = -1

    def write(self, kind: str, **members: object) -> bytes:
        """One event."""
        self._number += 1
        data = {"type": f"response.{kind}", "sequence_number": self._number, **members}
        return b"event: response.%b\ndata: %b\n\n" % (kind.encode(), _encode(data))


def _thinking(events: _Events, place: int, item: Item, reply: Reply) -> Iterator[Frame]:
    shown = bool(item["summary"])
    at = {"item_id": item["id"], "output_index": place, "summary_index": 0}
    opened = events.write("output_item.added", output_index=place, item=item | {"summary": []})
    if shown:
        opened += events.write("reasoning_summary_part.added", **at, part={"type": "summary_text", "text": ""})
    yield Frame(data=opened)
    step, thought = _CHUNK_TOKENS if shown else _HIDDEN_STEP_TOKENS, 0
    for start in range(0, len(reply.reasoning), step):
        part = reply.reasoning[start : start + step]
        thought += len(part)
        data = events.write("reasoning_summary_text.delta", **at, delta="".join(part)) if shown else b""
        yield Frame(data=data, tokens=len(part), output_tokens=thought, reasoning_tokens=thought, content=shown)
    closed = b""
    if shown:
        closed += events.write("reasoning_summary_text.done", **at, text="".join(reply.reasoning))
        closed += events.write("reasoning_summary_part.done", **at, part=item["summary"][0])
    closed += events.write("output_item.done", output_index=place, item=item)
    yield Frame(data=closed, output_tokens=thought, reasoning_tokens=thought)


def _words(events: _Events, place: int, item: Item, reply: Reply) -> Iterator[Frame]:
    at = {"item_id": item["id"], "output_index": place, "content_index": 0}
    part = item["content"][0]
    opened = events.write("output_item.added", output_index=place, item=item | {"status": "in_progress", "content": []})
    opened += events.write("content_part.added", **at, part=part | {"text": "", "logprobs": []})
    yield Frame(data=opened)
    done = 0
    for start in range(0, len(reply.answer), _CHUNK_TOKENS):
        pieces = reply.answer[start : start + _CHUNK_TOKENS]
        done += len(pieces)
        logprobs = part["logprobs"][start : start + _CHUNK_TOKENS]
        data = events.write("output_text.delta", **at, delta="".join(pieces), logprobs=logprobs)
        yield Frame(data=data, tokens=len(pieces), output_tokens=done, content=True)
    closed = events.write("output_text.done", **at, text=part["text"], logprobs=part["logprobs"])
    closed += events.write("content_part.done", **at, part=part)
    yield Frame(data=closed + events.write("output_item.done", output_index=place, item=item), output_tokens=done)


def _call(events: _Events, place: int, item: Item) -> Iterator[bytes]:
    at = {"item_id": item["id"], "output_index": place}
    yield events.write("output_item.added", output_index=place, item=item | {"status": "in_progress", "arguments": ""})
    arguments = item["arguments"]
    for start in range(0, len(arguments), _ARGUMENT_CHARS):
        piece = arguments[start : start + _ARGUMENT_CHARS]
        yield events.write("function_call_arguments.delta", **at, delta=piece)
    done = events.write("function_call_arguments.done", **at, name=item["name"], arguments=arguments)
    yield done + events.write("output_item.done", output_index=place, item=item)


def _before_calls(reply: Reply) -> list[str]:
    """The kinds of items that come before the calls."""
    thinking = ["reasoning"] if reply.reasoning else []
    return [*thinking, "message"] if reply.answer or not reply.tool_calls else thinking


def _response(ask: Ask, response_id: str, created: int, model: str) -> dict[str, Any]:
    asked = {} if ask.kept is None else ask.kept.asked
    echoed = {name: default if asked.get(name) is None else asked[name] for name, default in _ECHOED.items()}
    text = {"format": {"type": "text"}, "verbosity": "medium"} | (echoed["text"] or {})
    if text["format"]["type"] == "json_schema":
        text["format"] = {"description": None, "strict": False} | text["format"]
    reasoning = {"effort": None, "summary": None} | (echoed["reasoning"] or {})
    tools = [_TOOL | tool if tool.get("type") == "function" else tool for tool in echoed["tools"]]
    return {
        "id": response_id,
        "object": "response",
        "created_at": created,
        "background": False,
        "completed_at": None,
        "error": None,
        "frequency_penalty": 0.0,
        "incomplete_details": None,
        "model": model,
        "presence_penalty": 0.0,
        "service_tier": "default",
        "simulated": True,
        "truncation": "disabled",
    } | (echoed | {"text": text, "reasoning": reasoning, "tools": tools})


def _usage(ask: Ask, reply: Reply) -> dict[str, Any]:
    given, output = ask.usage, reply.output_tokens
    return {
        "input_tokens": given.total,
        "input_tokens_details": {"cached_tokens": given.cached},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "total_tokens": given.total + output,
    }


def _logprobs(ask: Ask, reply: Reply) -> list[dict[str, Any]]:
    if ask.top_logprobs is None:
        return []
    found = []
    for place, piece in enumerate(reply.answer):
        chance = max(0.02, 1 - reply.doubt * ((place * 37 + len(piece) * 11) % 100) / 100)
        entry = {"token": piece, "logprob": math.log(chance), "bytes": list(piece.encode())}
        found.append(entry | {"top_logprobs": [entry][: ask.top_logprobs]})
    return found
