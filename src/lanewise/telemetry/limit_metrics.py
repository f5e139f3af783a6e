"""Prometheus metrics of rates and concurrency: who is in, who waits, who was refused by which kind of limit."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from lanewise.core.protocols.admission import CrowdState
from lanewise.core.protocols.hot_state import HotStanding

NOBODY = CrowdState(running=0, queued=0, refused={}, waited={}, hot=HotStanding(shared=False, alone=False, processes=1))


def limit_families(state: CrowdState) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
    """The door of the process as it stands."""
    yield GaugeMetricFamily(
        "lanewise_requests_admitted", "Requests that hold a place of this process.", value=state.running
    )
    yield GaugeMetricFamily(
        "lanewise_requests_queued",
        "Requests that wait to be let in, for their limits or for a place.",
        value=state.queued,
    )
    refused = CounterMetricFamily(
        "lanewise_limits_reached", "Requests refused by a rate or a concurrency, by its name.", labels=("limit",)
    )
    for limit, count in state.refused.items():
        refused.add_metric((limit,), count)
    waited = CounterMetricFamily(
        "lanewise_requests_waited", "Requests that had to wait to be let in, by what came of it.", labels=("result",)
    )
    for result, count in state.waited.items():
        waited.add_metric((result,), count)
    yield from (refused, waited)
    yield GaugeMetricFamily(
        "lanewise_limits_alone",
        "1 while the shared hot state is out of reach and this process holds its share of each limit by itself.",
        value=state.hot.alone,
    )
    yield GaugeMetricFamily(
        "lanewise_limits_processes", "Processes that share limits, as far as is known.", value=state.hot.processes
    )
