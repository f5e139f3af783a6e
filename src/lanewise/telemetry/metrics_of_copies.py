"""The metrics of several copies of the gateway as one text, each sample with its copy.

They are not summed here: a copy that is started again begins at 0, and only where its series is its own does `rate()` know that. So
`sum without (copy) (rate(lanewise_runs_total[5m]))` is right whichever copies were killed meanwhile; gauges stay each copy's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

LABEL = "copy"


def of_copies(texts: Mapping[int, bytes | None]) -> bytes:
    """What copies say by their numbers, None for one that says nothing, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Copies(texts))
    return generate_latest(registry)


class _Copies(Collector):
    def __init__(self, texts: Mapping[int, bytes | None]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for number, text in self._texts.items():
            for family in text_string_to_metric_families("" if text is None else text.decode()):
                whole = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    whole.samples.append(sample._replace(labels={**sample.labels, LABEL: str(number)}))
        yield from families.values()
        up = GaugeMetricFamily(
            "lanewise_copy_up", "1 for a copy of the gateway that told its metrics.", labels=(LABEL,)
        )
        for number, text in self._texts.items():
            up.add_metric((str(number),), text is not None)
        yield up
