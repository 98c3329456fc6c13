"""The bench, run once in miniature with real processes.

No figure is asserted that depends on timing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.bench import machine
from devkit.bench.machine import Cores
from devkit.bench.plan import Plan, Size
from devkit.bench.report import lines
from devkit.bench.rounds import Bench
from devkit.bench.sink import Sink
from localaws.fast_aws import FastAwsProcess

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not machine.readable(), reason="needs Linux's /proc")


@pytest.mark.slow
def test_fifty_messages_a_run_make_a_whole_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses")
    size = Size(20, 50)
    settings = {"MAX_CONCURRENCY": "8", "MAX_UNSETTLED": "20", "POLL_WAIT_SECONDS": "1"}
    sizes = {"main": size, "background": size}
    plan = Plan(repeats=1, sizes=sizes, floors=sizes, overflow=size, settings=settings)
    cores = Cores(None, None)
    said: list[str] = []
    with Sink(None) as sink, FastAwsProcess() as fast_aws:
        found = Bench(plan, cores, fast_aws, sink).measure(said.append)
    assert [len(path.floor) + len(path.fast) + len(path.slow) for path in found.paths.values()] == [3, 3]
    for run in found.runs():
        assert run.messages > 0
        assert run.calls > 0
        assert run.first_receive_seconds > 0
        assert run.peak_mb > 10
    assert found.paths["main"].floor[0].calls_each == pytest.approx(0.3)
    assert found.paths["background"].floor[0].calls_each == pytest.approx(2.2)
    assert found.exported_bytes > 0
    assert said[-1] == "background at the default share of log streams"
    assert any(line.startswith("main: service") for line in lines(plan, cores, found))
