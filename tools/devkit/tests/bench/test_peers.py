"""The peers of the bench: the boto3 loop, run in miniature. The others go the same way, with packages that this workspace has not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devkit.bench import machine, peers
from devkit.bench.consumer import ConsumerError
from devkit.bench.machine import Cores
from localaws.fast_aws import FastAwsProcess

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not machine.readable(), reason="needs Linux's /proc")]


@pytest.fixture(autouse=True)
def without_installing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In uv's place: the script itself, with this interpreter."""
    runner = tmp_path / "uv"
    runner.write_text(f'#!/bin/sh\nuntil [ "$1" = --script ]; do shift; done\nshift\nexec {sys.executable} "$@"\n')
    runner.chmod(0o755)
    monkeypatch.setenv("UV", str(runner))


def test_a_peer_is_measured_between_its_warm_up_and_the_end_of_its_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "PEERS", ("boto3_loop",))
    said: list[str] = []
    with FastAwsProcess() as fast_aws:
        (figures,) = peers.measure(fast_aws, Cores(None, None), 10, said.append)
    assert said == ["peer: boto3_loop"]
    assert figures.calls_each == pytest.approx(0.2, abs=0.05)
    assert figures.cpu_ms > 0
    assert figures.rate > 0
    head, row = peers.lines([figures])
    assert row.split()[0] == "boto3_loop"
    assert len(head) == len(row)


def test_a_peer_that_cannot_send_is_told_with_what_it_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "PEERS", ("no_such_peer",))
    with (
        FastAwsProcess() as fast_aws,
        pytest.raises(ConsumerError, match=r"no_such_peer sent nothing; stderr: .*No such"),
    ):
        list(peers.measure(fast_aws, Cores(None, None), 10, lambda _: None))
