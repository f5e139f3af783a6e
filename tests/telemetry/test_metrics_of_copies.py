"""Several copies' metrics as one text."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from lanewise.telemetry.metrics import Metrics
from lanewise.telemetry.metrics_of_copies import of_copies
from stores.samples import a_record


def counted(runs: int, in_flight: int) -> bytes:
    metrics = Metrics()
    for number in range(runs):
        metrics.observe(a_record(f"run_{number}"))
    metrics.in_flight = in_flight
    return metrics.render()


def samples(text: bytes) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text.decode()) for sample in family.samples]


def test_every_sample_of_every_copy_is_there_with_its_copy_and_nothing_else_is() -> None:
    texts: dict[int, bytes | None] = {0: counted(3, 1), 1: counted(5, 0), 2: None}
    told = samples(of_copies(texts))
    up = {sample.labels["copy"]: sample.value for sample in told if sample.name == "lanewise_copy_up"}
    assert up == {"0": 1, "1": 1, "2": 0}
    expected = {
        (sample.name, frozenset({**sample.labels, "copy": str(number)}.items()), sample.value)
        for number, text in texts.items()
        if text is not None
        for sample in samples(text)
    }
    rest = [sample for sample in told if sample.name != "lanewise_copy_up"]
    assert {(sample.name, frozenset(sample.labels.items()), sample.value) for sample in rest} == expected
    assert len(rest) == len(expected)


def test_a_family_is_said_once_with_its_kind() -> None:
    told = of_copies({0: counted(1, 0), 1: counted(1, 0)})
    kinds = {family.name: family.type for family in text_string_to_metric_families(told.decode())}
    assert kinds["lanewise_runs"] == "counter"
    assert kinds["lanewise_run_seconds"] == "histogram"
    assert kinds["lanewise_requests_in_flight"] == "gauge"
    for name in ("lanewise_runs_total", "lanewise_run_seconds"):
        assert told.count(b"# TYPE %s " % name.encode()) == 1


def test_where_no_copy_tells_anything_that_is_told() -> None:
    assert [sample.value for sample in samples(of_copies({0: None}))] == [0]
