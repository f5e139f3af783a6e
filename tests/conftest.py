"""What every test may use."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no failure, and a minute of examples is no better than a second of them.
settings.register_profile("house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
