"""The fast AWS as a process of its own: its start, its end, and a port that is taken."""

from __future__ import annotations

import os
import socket

import pytest

from localaws.fast_aws import FastAwsProcess
from localaws.processes import ProcessDied, Processes

pytestmark = pytest.mark.slow


def test_a_signal_ends_it_at_once_with_exit_code_0_though_a_receive_waits() -> None:
    with FastAwsProcess() as aws, socket.create_connection(("127.0.0.1", int(aws.endpoint.rpartition(":")[2]))) as wire:
        aws.faults(hang_before=1)
        wire.sendall(b"POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.CreateQueue\r\n\r\n")
        while not aws.calls()["total"]:
            pass
        (child,) = aws.processes.children
        assert aws.processes.stop([child], 10) == {child.name: 0}


def test_the_context_manager_starts_it_steers_it_and_ends_it() -> None:
    cpu = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    with FastAwsProcess(cpu=cpu) as aws:
        aws.faults(latency_ms=5)
        assert aws.calls()["total"] == 0
        if cpu is not None:
            assert os.sched_getaffinity(aws.pid) == {cpu}
    with pytest.raises(ConnectionRefusedError):
        aws.calls()


def test_a_port_that_is_taken_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, Processes("test-fast-aws-") as processes:
        starting = processes.start_server("taken", "localaws.fast_aws", "--port", str(taken.getsockname()[1]))
        with pytest.raises(ProcessDied, match="address already in use"):
            starting.endpoint()
