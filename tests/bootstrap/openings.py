"""A policy of one local vendor."""

from __future__ import annotations

POLICY = """
providers:
  local: {dialect: openai, base_url: "http://127.0.0.1:9/v1", local: true}
lanes:
  standard: {deployments: [local/small], timeout: 5s}
"""
