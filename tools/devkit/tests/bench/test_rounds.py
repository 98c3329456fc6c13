"""The bench, run once in miniature with real processes.

No figure is asserted that depends on timing.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from devkit.bench import machine
from devkit.bench.machine import Cores
from devkit.bench.plan import Plan
from devkit.bench.report import lines
from devkit.bench.rounds import Bench
from devkit.bench.sink import Sink
from localaws.fast_aws import FastAwsProcess

pytestmark = pytest.mark.skipif(not machine.readable(), reason="needs Linux's /proc")


@pytest.mark.slow
def test_twenty_messages_a_run_make_a_whole_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses")
    small = [replace(path, max_concurrency=8, max_unsettled=200) for path in Plan().full]
    plan = Plan(repeats=1, divisor=1000, full=tuple(small))
    cores = Cores(None, None)
    with Sink(None) as sink, FastAwsProcess(tls=True) as fast_aws:
        found = Bench(plan, cores, fast_aws, sink).measure(lambda _: None)
    for one in found:
        assert (len(one.floor), len(one.fast), len(one.slow), len(one.recorded)) == (1, 1, 1, 1)
        for run in (*one.fast, *one.slow, *one.recorded):
            assert run.messages > 0
            assert run.calls > 0
            assert run.first_receive_seconds > 0
            assert run.peak_mb > 10
    assert [one.floor[0].calls_each for one in found] == pytest.approx([0.3, 2.2])
    assert sink.received_bytes > 0
    assert any(line.startswith("service: CPU ms") for line in lines(plan, cores, found, sink.received_bytes))
