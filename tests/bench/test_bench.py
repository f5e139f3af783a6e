"""The benchmark's own parts: what it measures is real, what it concludes can be a failure."""

from __future__ import annotations

import asyncio
from collections import Counter

import aiohttp
import msgspec
import pytest
from bench.__main__ import verdict, wanted_systems
from bench.cases import Case, hit, plain, stream
from bench.figures import Goal, Rounds
from bench.load import Load, Outcome, chat_body, fault_of, percentile, run
from bench.rounds import Bench, Sample, Schedule, misasked
from bench.upstream import PIECES, plain_answer, serve

from bench import cases, figures, hotspots, results, soak, systems

SHORT = Schedule(rounds=1, seconds=0.3, warm_up_s=0.1)


def sample(system: str, case: Case, cpu_us: float, *, number: int = 0, p99_ms: float = 1.0) -> Sample:
    """A round of 100 requests that used `cpu_us` each."""
    outcome = Outcome(requests=100, errors=[], seconds=1, p50_ms=1, p99_ms=p99_ms, first_p50_ms=1, first_p99_ms=p99_ms)
    cpu_s = cpu_us * 100 / 1e6
    return Sample(system=system, case=case.name, round=number, cpu_s=cpu_s, rss_mb=50, outcome=outcome, errors=[])


def load(port: int, **changes: object) -> Load:
    given: dict[str, object] = {"port": port, "path": systems.CHAT, "model": "m", "body_bytes": 1000, "stream": False}
    return Load(**{**given, "concurrency": 4, "seconds": 0.1, **changes})  # type: ignore[arg-type]


def test_a_run_over_upstream_and_bare_gives_cpu_and_latency_of_whole_answers_and_streams() -> None:
    measured = (plain(1, 4), stream(1, 4))
    with Bench([systems.direct, systems.bare], lambda _: None) as bench:
        samples = list(bench.samples(measured, SHORT))
    assert [error for found in samples for error in found.errors] == []
    assert all(found.outcome.requests > 0 for found in samples)
    found = results.results(samples, measured, SHORT, {})
    assert found.cpu_us_per_request["bare"]["plain-1k-c4"] > 0
    assert found.cpu_us_per_chunk_total["bare"]["stream-1k-c4"] > 0
    assert set(found.cpu_us_per_request) == {"bare"}
    assert "plain-1k-c4" in found.added_p99_ms["bare"]
    assert found.rss_mb["bare"] > 10


async def test_the_upstream_counts_and_paces_what_the_load_client_checks() -> None:
    server = await serve(0)
    port: int = server.sockets[0].getsockname()[1]
    whole = await run(load(port))
    streamed = await run(load(port, stream=True))
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/served") as answer:
        served = (await answer.json())["served"]
    server.close()
    assert whole.errors == streamed.errors == []
    assert served == whole.requests + streamed.requests
    assert streamed.p50_ms > PIECES - 1
    assert streamed.first_p50_ms < streamed.p50_ms


async def test_a_server_that_hangs_up_or_answers_wrongly_is_an_error() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(plain_answer()[:200])
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    outcome = await run(load(server.sockets[0].getsockname()[1], concurrency=1))
    server.close()
    assert outcome.requests == 0
    assert "before the answer was complete" in outcome.errors[0]


@pytest.mark.parametrize(
    ("status", "body", "streamed", "why"),
    [
        (500, b"no", False, "status 500"),
        (200, b'{"choices": []}', False, "incomplete answer"),
        (200, b"data: {}\n\n" * PIECES, True, "terminal event"),
        (200, b"data: {}\n\ndata: [DONE]\n\n", True, "stream of 2 events"),
    ],
)
def test_an_answer_that_is_not_whole_does_not_count(status: int, body: bytes, streamed: bool, why: str) -> None:
    assert why in (fault_of(status, body, stream=streamed) or "")


@pytest.mark.parametrize("size", [1000, 100_000])
def test_a_body_has_its_size_and_a_number_of_its_own(size: int) -> None:
    before, after = chat_body("m", size, stream=True)
    body = before + b"0000000007" + after
    assert len(body) == pytest.approx(size, rel=0.02)
    assert "0000000007" in msgspec.json.decode(body)["messages"][-1]["content"]


def test_percentiles_are_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.99) == 100
    assert percentile([], 0.99) == 0


def test_ratios_are_taken_within_a_round_so_that_a_slow_round_cancels_out() -> None:
    case = plain(1, 16)
    slow_round = [sample("bare", case, 300, number=1), sample("lanewise", case, 450, number=1)]
    rounds = Rounds([sample("bare", case, 100), sample("lanewise", case, 150), *slow_round])
    ratio = rounds.ratio(rounds.cpu_us, "lanewise", "bare", case)
    assert ratio
    assert (ratio.low, ratio.median, ratio.high) == pytest.approx((1.5, 1.5, 1.5))


def test_a_chunk_costs_what_the_stream_adds_to_its_plain_twin() -> None:
    whole, streamed = plain(1, 16), stream(1, 16)
    rounds = Rounds([sample("bare", whole, 100), sample("bare", streamed, 100 + 33 * PIECES)])
    assert rounds.chunk_us("bare", streamed, 0) == pytest.approx(33)
    assert rounds.chunk_total_us("bare", streamed, 0) == pytest.approx(33 + 100 / PIECES)
    assert rounds.chunk_us("bare", whole, 0) is None


def test_added_latency_is_what_exceeds_the_direct_round() -> None:
    case = plain(1, 16)
    rounds = Rounds([sample("direct", case, 0, p99_ms=2), sample("bare", case, 100, p99_ms=5)])
    assert rounds.added_ms("p99", "bare", case, 0) == pytest.approx(3)
    assert rounds.added_ms("p99", "direct", case, 0) is None


def test_goals_can_be_met_and_missed() -> None:
    whole, streamed = plain(1, 16), stream(1, 16)
    costs = {"bare": (100, 30), "lanewise": (170, 40), "portkey": (520, 60), "litellm": (4500, 300)}
    samples = [sample(name, whole, cost) for name, (cost, _) in costs.items()]
    samples += [sample(name, streamed, cost + chunk * PIECES) for name, (cost, chunk) in costs.items()]
    met = {
        goal.name.partition(",")[0] + f" {goal.limit}": goal.met
        for goal in figures.goals(Rounds(samples), [whole, streamed])
    }
    assert met == {
        "lanewise / bare 1.6": False,
        "portkey / lanewise 3": True,
        "litellm / lanewise 30": False,
        "lanewise / bare 1.5": True,
    }


def test_the_goals_of_one_of_several_gateways_are_those_of_a_single_one() -> None:
    samples = [
        sample(name, plain(1, 16), cost) for name, cost in {"bare": 100, "lanewise": 150, "portkey": 500}.items()
    ]
    samples.append(sample("lanewise-scaled", plain(1, 16), 170))
    found = [
        (goal.name.partition(",")[0], goal.limit, goal.met) for goal in figures.goals(Rounds(samples), [plain(1, 16)])
    ]
    assert found == [
        ("lanewise / bare", 1.6, True),
        ("portkey / lanewise", 3, True),
        ("litellm / lanewise", 30, None),
        ("lanewise-scaled / bare", 1.6, False),
        ("portkey / lanewise-scaled", 3, False),
        ("litellm / lanewise-scaled", 30, None),
    ]


def test_one_connection_has_a_wider_goal_and_none_against_peers() -> None:
    (only,) = figures.goals(
        Rounds([sample("bare", plain(1, 1), 100), sample("lanewise", plain(1, 1), 240)]), [plain(1, 1)]
    )
    assert (only.limit, only.met) == (2.5, True)


def test_a_goal_without_figures_is_neither_met_nor_missed_and_fails_a_whole_run() -> None:
    assert Goal(name="x", limit=1.6, at_most=True, measured=None).met is None
    found = results.results([sample("bare", plain(1, 16), 100)], [plain(1, 16)], SHORT, {})
    assert verdict(found, partial_run=True) == 0
    assert verdict(found, partial_run=False) == 1


def test_an_error_fails_any_run() -> None:
    failed = msgspec.structs.replace(sample("bare", plain(1, 16), 100), errors=["status 500"])
    assert verdict(results.results([failed], [plain(1, 16)], SHORT, {}), partial_run=True) == 1


def test_systems_are_chosen_by_name_and_the_yardsticks_are_always_there() -> None:
    assert wanted_systems(None, "") == ["direct", "bare", "lanewise", "lanewise-scaled", "litellm", "portkey"]
    assert wanted_systems("portkey", "") == ["direct", "bare", "portkey"]
    assert wanted_systems(None, "litellm,portkey") == ["direct", "bare", "lanewise", "lanewise-scaled"]
    with pytest.raises(SystemExit, match="Unknown system 'litelm'"):
        wanted_systems(None, "litelm")


def test_cases_are_chosen_by_pattern() -> None:
    assert [case.name for case in cases.chosen("stream-*", cases.ALL)] == [
        "stream-1k-c1",
        "stream-1k-c16",
        "stream-1k-c64",
        "stream-100k-c16",
    ]
    with pytest.raises(SystemExit, match="No case matches"):
        cases.chosen("streem-*", cases.ALL)


def test_memory_that_grows_is_seen_and_memory_that_settles_is_not() -> None:
    settling = [50, 80, 100, 100, 100, 100, 100, 100]
    growing = [100, 100, 100, 100, 103, 105, 107, 109]
    assert soak.growth(settling)[2] <= soak.LIMIT
    assert soak.growth(growing)[2] > soak.LIMIT
    with pytest.raises(ValueError, match="too few"):
        soak.growth([1, 2, 3])


def test_folded_stacks_become_shares() -> None:
    own, whole, total = hotspots.shares("main;walk;send 3\nmain;walk 1\n")
    assert (own["send"], own["walk"], whole["walk"], whole["main"], total) == (3, 1, 4, 4, 4)


def test_a_soak_of_refusals_is_none() -> None:
    good = Counter({"plain: 200": 50, "stream: whole": 40, "stream: error event": 10, "leave_stream: left": 900})

    assert soak.whole_share(good) == 0.9
    assert soak.whole_share(good + Counter({"plain: 429": 100})) < soak.LEAST_WHOLE
    assert soak.whole_share(Counter()) == 0


@pytest.mark.parametrize(
    ("case", "caches", "served", "wrong"),
    [
        (plain(1, 16), True, 100, False),
        (plain(1, 16), True, 99, True),
        (plain(1, 16), False, 101, True),
        (hit(1, 16), True, 0, False),
        (hit(1, 16), True, 16, False),
        (hit(1, 16), True, 17, True),
        (hit(1, 16), False, 100, False),
        (hit(1, 16), False, 99, True),
    ],
)
def test_only_a_cache_that_is_asked_the_same_may_answer_for_the_upstream(
    case: Case, caches: bool, served: int, wrong: bool
) -> None:
    assert (misasked(systems.System(name="x", caches=caches), case, 100, served) is not None) is wrong


def test_a_hit_has_a_goal_of_its_own_and_none_against_peers() -> None:
    case = hit(1, 16)
    rounds = Rounds([sample("bare", case, 100), sample("lanewise", case, 119)])
    assert [(goal.limit, goal.met) for goal in figures.goals(rounds, [case])] == [(1.2, True)]
