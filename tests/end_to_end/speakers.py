"""A client of each dialect, as far as a conversation goes: it says what it was told, byte for byte, and adds to it. Raw JSON, no SDK."""

from __future__ import annotations

import json
from typing import Any

from end_to_end.speaker import OTHER, PICTURE, Called, Speaker, Told
from lanewise.core.request import Dialect


class ChatSpeaker(Speaker):
    dialect = Dialect.OPENAI_CHAT

    def path(self, model: str, *, stream: bool = False) -> str:
        return "/v1/chat/completions"

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        system = [{"role": "system", "content": wish.system}] if wish.system else []
        body: dict[str, Any] = {"model": model, "messages": system + self.said, "max_tokens": wish.cap}
        if wish.tools:
            named = {"type": "function", "function": {"name": OTHER}}
            body["tools"] = [
                {"type": "function", "function": {"name": name, "description": about, "parameters": schema}}
                for name, about, schema in wish.offered
            ]
            body["tool_choice"] = {"forced": "required", "named": named}.get(wish.choice, wish.choice)
            body |= {} if wish.parallel else {"parallel_tool_calls": False}
        if wish.thinks:
            body["reasoning_effort"] = "high"
        if wish.json:
            body["response_format"] = {"type": "json_object"}
        if wish.logprobs:
            body |= {"logprobs": True, "top_logprobs": 2}
        body |= {} if wish.seed is None else {"seed": wish.seed}
        body |= {"stop": [wish.stop]} if wish.stop else {}
        if wish.schema:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": wish.schema}}
        return body | ({"stream": True, "stream_options": {"include_usage": True}} if stream else {})

    def show(self, text: str) -> None:
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
        self.said.append({"role": "user", "content": [{"type": "text", "text": text}, image]})

    def attach(self, text: str, pdf: str) -> None:
        file = {"filename": "question.pdf", "file_data": f"data:application/pdf;base64,{pdf}"}
        self.said.append({"role": "user", "content": [{"type": "text", "text": text}, {"type": "file", "file": file}]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": ""}
        whole: dict[str, Any] = {"message": message, "finish_reason": None}
        usage = None
        for event in events:
            usage = event.get("usage") or usage
            for choice in event["choices"]:
                whole["finish_reason"] = choice.get("finish_reason") or whole["finish_reason"]
                whole.setdefault("logprobs", {"content": []})["content"] += (choice.get("logprobs") or {}).get(
                    "content"
                ) or []
                delta = choice["delta"]
                for key in ("content", "reasoning_content"):
                    message[key] = message.get(key, "") + (delta.get(key) or "")
                for piece in delta.get("tool_calls") or ():
                    calls = message.setdefault("tool_calls", [])
                    if piece["index"] == len(calls):
                        calls.append({"id": piece["id"], "type": "function", "function": {"name": "", "arguments": ""}})
                    for key, value in piece["function"].items():
                        calls[piece["index"]]["function"][key] += value or ""
        return {"choices": [whole], "usage": usage}

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "content": text})

    def hear(self, answer: dict[str, Any]) -> Told:
        choice = answer["choices"][0]
        message = choice["message"]
        # What the SDK's model has a field for and a client sends back: its thinking is not among that.
        self.said.append(
            {key: message[key] for key in ("role", "content", "tool_calls") if message.get(key) is not None}
        )
        calls = [
            Called(id=each["id"], name=each["function"]["name"], arguments=json.loads(each["function"]["arguments"]))
            for each in message.get("tool_calls") or ()
        ]
        return Told(
            text=message.get("content") or "",
            calls=tuple(calls),
            thinking=message.get("reasoning_content") or "",
            finish=choice["finish_reason"],
            usage=answer["usage"],
            raw=answer,
            logprobs=_tokens((choice.get("logprobs") or {}).get("content")),
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        self.said += [{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results]


class MessagesSpeaker(Speaker):
    dialect = Dialect.ANTHROPIC_MESSAGES

    def path(self, model: str, *, stream: bool = False) -> str:
        return "/v1/messages"

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        body: dict[str, Any] = {"model": model, "max_tokens": wish.cap, "messages": self.said}
        if wish.tools:
            choice: dict[str, Any] = {"type": {"forced": "any", "named": "tool"}.get(wish.choice, wish.choice)}
            choice |= {"name": OTHER} if wish.choice == "named" else {}
            choice |= {} if wish.parallel else {"disable_parallel_tool_use": True}
            tools = [
                {"name": name, "description": about, "input_schema": schema} for name, about, schema in wish.offered
            ]
            body |= {"tools": tools, "tool_choice": choice}
        body |= {"stop_sequences": [wish.stop]} if wish.stop else {}
        if wish.thinks:
            body["thinking"] = {"type": "enabled", "budget_tokens": 4096}
        if wish.system:
            body["system"] = wish.system
        if wish.schema:
            body["output_config"] = {"format": {"type": "json_schema", "schema": wish.schema}}
        return body | ({"stream": True} if stream else {})

    def show(self, text: str) -> None:
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}
        self.said.append({"role": "user", "content": [{"type": "text", "text": text}, image]})

    def attach(self, text: str, pdf: str) -> None:
        file = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": pdf}}
        self.said.append({"role": "user", "content": [{"type": "text", "text": text}, file]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        written: dict[int, str] = {}
        for event in events:
            match event["type"]:
                case "message_start":
                    answer = event["message"]
                case "content_block_start":
                    answer["content"].append(event["content_block"])
                case "content_block_delta":
                    block, delta = answer["content"][event["index"]], dict(event["delta"])
                    del delta["type"]
                    written[event["index"]] = written.get(event["index"], "") + delta.pop("partial_json", "")
                    for key, value in delta.items():
                        block[key] = block.get(key, "") + value
                case "content_block_stop" if answer["content"][event["index"]]["type"] == "tool_use":
                    answer["content"][event["index"]]["input"] = json.loads(written.get(event["index"]) or "{}")
                case "message_delta":
                    answer |= event["delta"]
                    answer["usage"] |= {key: value for key, value in event["usage"].items() if value is not None}
        return answer

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "content": text})

    def hear(self, answer: dict[str, Any]) -> Told:
        content = answer["content"]
        self.said.append({"role": "assistant", "content": content})
        calls = [
            Called(id=each["id"], name=each["name"], arguments=each["input"])
            for each in content
            if each["type"] == "tool_use"
        ]
        return Told(
            text="".join(each["text"] for each in content if each["type"] == "text"),
            calls=tuple(calls),
            thinking="".join(each["thinking"] for each in content if each["type"] == "thinking"),
            finish=answer["stop_reason"],
            usage=answer["usage"],
            raw=answer,
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        content = [{"type": "tool_result", "tool_use_id": call.id, "content": text} for call, text in results]
        self.said.append({"role": "user", "content": content})


class ResponsesSpeaker(Speaker):
    dialect = Dialect.OPENAI_RESPONSES

    def path(self, model: str, *, stream: bool = False) -> str:
        return "/v1/responses"

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        body: dict[str, Any] = {"model": model, "input": self.said, "store": False, "max_output_tokens": wish.cap}
        body["include"] = ["reasoning.encrypted_content"]  # what is not stored has to be brought back whole
        if wish.tools:
            named = {"type": "function", "name": OTHER}
            body["tools"] = [
                {"type": "function", "name": name, "description": about, "parameters": schema, "strict": False}
                for name, about, schema in wish.offered
            ]
            body["tool_choice"] = {"forced": "required", "named": named}.get(wish.choice, wish.choice)
            body |= {} if wish.parallel else {"parallel_tool_calls": False}
        if wish.logprobs:
            body["include"].append("message.output_text.logprobs")
            body["top_logprobs"] = 2
        if wish.json:
            body["text"] = {"format": {"type": "json_object"}}
        if wish.thinks:
            body["reasoning"] = {"effort": "high", "summary": "auto"}
        if wish.system:
            body["instructions"] = wish.system
        if wish.schema:
            body["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": wish.schema}}
        return body | ({"stream": True} if stream else {})

    def show(self, text: str) -> None:
        image = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}
        self.said.append({"role": "user", "content": [{"type": "input_text", "text": text}, image]})

    def attach(self, text: str, pdf: str) -> None:
        file = {"type": "input_file", "filename": "question.pdf", "file_data": f"data:application/pdf;base64,{pdf}"}
        self.said.append({"role": "user", "content": [{"type": "input_text", "text": text}, file]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = events[-1]["response"]
        return answer

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "content": text})

    def hear(self, answer: dict[str, Any]) -> Told:
        output = answer["output"]
        self.said += output
        calls = [
            Called(id=each["call_id"], name=each["name"], arguments=json.loads(each["arguments"]))
            for each in output
            if each["type"] == "function_call"
        ]
        parts = [part for each in output if each["type"] == "message" for part in each["content"]]
        summaries = [part for each in output if each["type"] == "reasoning" for part in each.get("summary") or ()]
        incomplete = (answer.get("incomplete_details") or {}).get("reason")
        return Told(
            text="".join(part.get("text", "") for part in parts),
            calls=tuple(calls),
            thinking="".join(part["text"] for part in summaries),
            finish=incomplete or answer["status"],
            usage=answer["usage"],
            raw=answer,
            logprobs=_tokens([each for part in parts for each in part.get("logprobs") or ()]),
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        self.said += [{"type": "function_call_output", "call_id": call.id, "output": text} for call, text in results]


class GeminiSpeaker(Speaker):
    dialect = Dialect.GEMINI

    def path(self, model: str, *, stream: bool = False) -> str:
        return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        config: dict[str, Any] = {"maxOutputTokens": wish.cap}
        body: dict[str, Any] = {"contents": self.said, "generationConfig": config}
        if wish.tools:
            declared = [
                {"name": name, "description": about, "parametersJsonSchema": schema}
                for name, about, schema in wish.offered
            ]
            mode: dict[str, Any] = {"mode": {"forced": "ANY", "named": "ANY", "none": "NONE"}.get(wish.choice, "AUTO")}
            mode |= {"allowedFunctionNames": [OTHER]} if wish.choice == "named" else {}
            body |= {"tools": [{"functionDeclarations": declared}], "toolConfig": {"functionCallingConfig": mode}}
        config |= {"responseLogprobs": True, "logprobs": 2} if wish.logprobs else {}
        config |= {"responseMimeType": "application/json"} if wish.json else {}
        config |= {} if wish.seed is None else {"seed": wish.seed}
        config |= {"stopSequences": [wish.stop]} if wish.stop else {}
        if wish.thinks:
            config["thinkingConfig"] = {"includeThoughts": True, "thinkingBudget": 4096}
        if wish.system:
            body["systemInstruction"] = {"parts": [{"text": wish.system}]}
        if wish.schema:
            config |= {"responseMimeType": "application/json", "responseJsonSchema": wish.schema}
        return body

    def show(self, text: str) -> None:
        image = {"inlineData": {"mimeType": "image/png", "data": PICTURE}}
        self.said.append({"role": "user", "parts": [{"text": text}, image]})

    def attach(self, text: str, pdf: str) -> None:
        file = {"inlineData": {"mimeType": "application/pdf", "data": pdf}}
        self.said.append({"role": "user", "parts": [{"text": text}, file]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        candidates = [event["candidates"][0] for event in events]
        parts = [part for each in candidates for part in each.get("content", {}).get("parts", ())]
        chosen = [one for each in candidates for one in each.get("logprobsResult", {}).get("chosenCandidates", ())]
        whole: dict[str, Any] = {}
        for event in events:
            whole |= {key: value for key, value in event.items() if value}
        finish = events[-1]["candidates"][0].get("finishReason")
        candidate = {"content": {"role": "model", "parts": parts}, "finishReason": finish}
        return whole | {"candidates": [candidate | {"logprobsResult": {"chosenCandidates": chosen}}]}

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "parts": [{"text": text}]})

    def hear(self, answer: dict[str, Any]) -> Told:
        candidate = answer["candidates"][0]
        parts = candidate["content"].get("parts", [])
        self.said.append(candidate["content"])
        calls = [
            Called(id=call.get("id", ""), name=call["name"], arguments=call.get("args", {}))
            for part in parts
            if (call := part.get("functionCall"))
        ]
        return Told(
            text="".join(part.get("text", "") for part in parts if not part.get("thought")),
            calls=tuple(calls),
            thinking="".join(part.get("text", "") for part in parts if part.get("thought")),
            finish=candidate["finishReason"],
            usage=answer["usageMetadata"],
            raw=answer,
            logprobs=tuple(
                (one["token"], one["logProbability"])
                for one in candidate.get("logprobsResult", {}).get("chosenCandidates", ())
            ),
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        parts = [
            {"functionResponse": {"id": call.id, "name": call.name, "response": {"output": text}}}
            for call, text in results
        ]
        self.said.append({"role": "user", "parts": parts})


def _tokens(told: list[dict[str, Any]] | None) -> tuple[tuple[str, float], ...]:
    """Tokens as both of OpenAI's dialects tell them."""
    return tuple((each["token"], each["logprob"]) for each in told or ())


SPEAKERS: dict[Dialect, type[Speaker]] = {
    each.dialect: each for each in (ChatSpeaker, MessagesSpeaker, ResponsesSpeaker, GeminiSpeaker)
}
