"""What every test may use."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# A busy machine is no failure, and a minute of examples is no better than a second of them.
settings.register_profile("house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Started in the background, a shell's children ignore Ctrl-C, and so would the processes that tests stop with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
