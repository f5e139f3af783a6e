"""Log-probabilities as chat completions tell them."""

from __future__ import annotations

from typing import Any

from lanewise.core.answer import TokenLogprob


def read_logprobs(told: object) -> tuple[TokenLogprob, ...]:
    """Those of an answer's tokens; none where the shape is not OpenAI's own."""
    content = told.get("content") if isinstance(told, dict) else None
    if not isinstance(content, list):
        return ()
    pairs = ((_pair(each), each) for each in content)
    return tuple(
        TokenLogprob(token=pair[0], logprob=pair[1], top=_top(each.get("top_logprobs")))
        for pair, each in pairs
        if pair is not None
    )


def logprobs_object(logprobs: tuple[TokenLogprob, ...]) -> dict[str, Any] | None:
    """The same in OpenAI's words; None where there are none."""
    if not logprobs:
        return None
    content = [
        {**_token(each.token, each.logprob), "top_logprobs": [_token(token, value) for token, value in each.top]}
        for each in logprobs
    ]
    return {"content": content, "refusal": None}


def _pair(told: object) -> tuple[str, float] | None:
    token, value = (told.get("token"), told.get("logprob")) if isinstance(told, dict) else (None, None)
    if not isinstance(token, str) or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return token, float(value)


def _top(told: object) -> tuple[tuple[str, float], ...]:
    pairs = map(_pair, told if isinstance(told, list) else ())
    return tuple(pair for pair in pairs if pair is not None)


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode("utf-8", "replace"))}
