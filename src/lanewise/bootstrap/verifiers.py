"""Every verifier by the name a policy gives it."""

from __future__ import annotations

from lanewise.verifiers.json_schema import JsonSchemaVerifier

VERIFIERS = {
    JsonSchemaVerifier.name: JsonSchemaVerifier,
}
