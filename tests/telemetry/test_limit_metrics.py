from __future__ import annotations

from lanewise.telemetry.metrics import Metrics
from telemetry.crowded import CROWD


def test_who_is_in_who_waits_and_who_was_refused_is_shown() -> None:
    metrics = Metrics()
    metrics.crowd = lambda: CROWD
    text = metrics.render().decode()
    for line in (
        "lanewise_requests_admitted 7.0",
        "lanewise_requests_queued 3.0",
        'lanewise_limits_reached_total{limit="tenant.rate"} 4.0',
        'lanewise_limits_reached_total{limit="key.token_rate"} 1.0',
        'lanewise_requests_waited_total{result="entered"} 5.0',
        "lanewise_limits_alone 1.0",
        "lanewise_limits_processes 3.0",
    ):
        assert line in text
