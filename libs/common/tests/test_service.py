"""A service's declaration, its command line, and what it says of its settings before it starts anything."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from jobqueue import Service, run, setting
from jobqueue.bootstrap import SETTINGS_EXIT_CODE
from jobqueue.service import ServiceSettings


@dataclass(frozen=True)
class OwnSettings:
    orders_queue_url: str = setting("the queue that orders come from", role="receives")
    orders_dlq_url: str = setting("where orders go that cannot be done", role="dead_letters")
    invoices_queue_url: str = setting("the queue that invoices are sent to", role="sends")
    currency: str = setting("of all sums", "EUR")


OWN = ("ORDERS_QUEUE_URL", "ORDERS_DLQ_URL", "INVOICES_QUEUE_URL")


def service(**options: bool) -> Service:
    """A service under the name of a distribution that is installed."""
    return Service("jobqueue", settings=OwnSettings, catalogue="no_such_module:catalogue", **options)


def test_every_fault_of_its_own_and_the_runtime_s_settings_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["jobqueue"])
    monkeypatch.setenv("LEASE_SECONDS", "a minute")
    monkeypatch.setenv("GRACE_SECONDS", "500")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    for name in (*OWN, "JOB_LOG_GROUP"):
        monkeypatch.delenv(name, raising=False)
    assert run(service(job_logs=True)) == SETTINGS_EXIT_CODE
    *faults, last = capsys.readouterr().err.splitlines()
    for fault, said in zip(
        faults,
        (
            *(f"{name} is not set: " for name in OWN),
            "LEASE_SECONDS='a minute' is not a whole number, between 2 and 43,200 s",
            "GRACE_SECONDS=500.0 must be between 0 and 120 s",
            "JOB_LOG_GROUP is not set: ",
            "OTEL_TRACES_EXPORTER='console' is not one of otlp, none",
        ),
        strict=True,
    ):
        assert fault.startswith(f"jobqueue: {said}")
    assert last == "jobqueue: not started. `jobqueue --help` lists all settings."


def answer(monkeypatch: pytest.MonkeyPatch, service: Service, *arguments: str) -> int:
    """The exit code of a command line that starts nothing."""
    monkeypatch.setattr(sys, "argv", ["jobqueue", *arguments])
    with pytest.raises(SystemExit) as stopped:
        run(service)
    return int(stopped.value.code or 0)


def test_help_lists_all_settings_and_those_of_the_job_log_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for job_logs in (True, False):
        assert answer(monkeypatch, service(job_logs=job_logs), "--help") == 0
        lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
        assert all("required" in lines[name] for name in OWN)
        assert "EUR" in lines["CURRENCY"]
        assert "60 s" in lines["LEASE_SECONDS"]
        assert ("JOB_LOG_GROUP" in lines) == job_logs
        assert "--synthetic" not in lines


def test_only_a_service_that_offers_synthetic_triggers_takes_their_pace_and_only_as_a_duration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for every in ("0s", "-1s", "soon", "5h"):
        assert answer(monkeypatch, service(synthetic=True), "--synthetic", f"--every={every}") == 2
        assert "is not a duration like 500ms, 5s or 1m" in capsys.readouterr().err
    assert answer(monkeypatch, service(), "--synthetic") == 2


def test_the_queues_are_found_by_what_the_settings_say_of_them() -> None:
    urls = {name: f"http://sqs/1/{name.lower()}" for name in OWN}
    settings = ServiceSettings.read(service(), urls)
    assert settings.queue_urls("receives") == {"orders": urls["ORDERS_QUEUE_URL"]}
    assert settings.queue_urls("sends") == {"invoices": urls["INVOICES_QUEUE_URL"]}
    assert list(settings.queue_urls("dead_letters").values()) == [urls["ORDERS_DLQ_URL"]]


@dataclass(frozen=True)
class NoQueueSettings:
    orders_dlq_url: str = setting("where orders go that cannot be done", role="dead_letters")


@dataclass(frozen=True)
class TwoQueuesSettings(OwnSettings):
    receipts_queue_url: str = setting("another", "", role="receives")


@dataclass(frozen=True)
class NamelessSettings(OwnSettings):
    receipts: str = setting("another", "", role="sends")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (NoQueueSettings, "NoQueueSettings must have one setting with role='receives', not 0"),
        (TwoQueuesSettings, "TwoQueuesSettings must have one setting with role='receives', not 2"),
        (NamelessSettings, "NamelessSettings.receipts must end in _queue_url"),
    ],
)
def test_settings_that_do_not_tell_its_queues_are_refused(settings: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        Service("jobqueue", settings=settings, catalogue="jobs:catalogue")
