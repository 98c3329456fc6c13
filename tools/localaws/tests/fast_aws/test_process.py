"""The stand-in as a process of its own: its start, its end, and a port that is taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

from localaws.fast_aws import StandinProcess, StandinStartError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_with_exit_code_0_though_a_receive_waits(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "localaws.fast_aws", "--port", "0", "--latency-ms", "60000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        word, endpoint = process.stdout.readline().split()
        assert word == "listening"
        address = urlsplit(endpoint)
        with socket.create_connection((str(address.hostname), int(address.port or 0))) as client:
            client.sendall(b"POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n\r\n")
            sent = time.monotonic()
            process.send_signal(number)
            assert process.wait(timeout=5) == 0
            assert time.monotonic() - sent < 2


def test_the_context_manager_starts_it_steers_it_and_ends_it() -> None:
    cpu = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    with StandinProcess(cpu=cpu, seed=1) as aws:
        aws.faults(latency_ms=5)
        assert aws.calls()["total"] == 0
        assert aws.calls()["cpu_seconds"] > 0
        if cpu is not None:
            assert os.sched_getaffinity(aws.pid) == {cpu}
    with pytest.raises(ConnectionRefusedError):
        aws.calls()


def test_a_port_that_is_taken_is_a_clear_error(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StandinStartError, match="ended before it listened"), StandinProcess(port=port):
            pass
    assert "address already in use" in capfd.readouterr().err
