"""The vendors' model lists, in each dialect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from lanewise.simulator.exchange import RejectedError
from lanewise.simulator.models import CREATED_AT, SIMULATED_MODELS, SimulatedModel, SimulatedVendor


def model_listing(vendor: SimulatedVendor, models: Sequence[SimulatedModel] = SIMULATED_MODELS) -> dict[str, Any]:
    """All models of a vendor."""
    rows = [_row(model) for model in models if model.vendor == vendor.name]
    if vendor.dialect == "gemini":
        return {"models": rows}
    if vendor.dialect == "anthropic":
        return {"data": rows, "has_more": False, "first_id": rows[0]["id"], "last_id": rows[-1]["id"]}
    return {"object": "list", "data": rows}


def model_row(
    vendor: SimulatedVendor, name: str, models: Sequence[SimulatedModel] = SIMULATED_MODELS
) -> dict[str, Any]:
    """One model; raises RejectedError for a name the vendor does not know."""
    for model in models:
        if model.vendor == vendor.name and model.id == name:
            return _row(model)
    if vendor.dialect == "gemini":
        raise RejectedError(404, f"models/{name} is not found for API version v1beta", kind="NOT_FOUND")
    if vendor.dialect == "anthropic":
        raise RejectedError(404, f"model: {name}", kind="not_found_error")
    message = f"The model '{name}' does not exist"
    raise RejectedError(404, message, kind="invalid_request_error", code="model_not_found", param="model")


def _row(model: SimulatedModel) -> dict[str, Any]:
    if model.dialect == "openai":
        return {"id": model.id, "object": "model", "created": CREATED_AT, "owned_by": "simulated"}
    if model.dialect == "gemini":
        return {
            "name": f"models/{model.id}",
            "displayName": f"{model.id} (simulated)",
            "inputTokenLimit": model.context_tokens,
            "outputTokenLimit": model.max_output_tokens,
            "supportedGenerationMethods": ["generateContent"],
            "thinking": model.reasons,
        }
    return {
        "type": "model",
        "id": model.id,
        "display_name": f"{model.id} (simulated)",
        "created_at": datetime.fromtimestamp(CREATED_AT, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "deprecated_at": None,
        "retires_at": None,
        "lifecycle": "active",
        "line": None,
        "max_input_tokens": model.context_tokens,
        "max_tokens": model.max_output_tokens,
        "capabilities": None,
        "owned_by": "simulated",
    }
