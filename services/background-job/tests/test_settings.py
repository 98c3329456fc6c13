"""What `background-job` says of its settings before it starts anything."""

from __future__ import annotations

import sys

import pytest

from background_job.__main__ import main
from jobqueue.bootstrap import SETTINGS_EXIT_CODE

OWN = ("BACKGROUND_JOBS_QUEUE_URL", "BACKGROUND_JOBS_DLQ_URL")


def ends(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `background-job` with these arguments and none of its settings."""
    monkeypatch.setattr(sys, "argv", ["background-job", *arguments])
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_every_missing_setting_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch) == SETTINGS_EXIT_CODE
    said = capsys.readouterr().err
    assert all(f"{name} is not set" in said for name in OWN)


def test_faults_of_the_runtime_s_settings_are_told_with_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "a minute")
    monkeypatch.setenv("GRACE_SECONDS", "500")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    monkeypatch.delenv("JOB_LOG_GROUP", raising=False)
    assert ends(monkeypatch) == SETTINGS_EXIT_CODE
    said = capsys.readouterr().err
    assert "LEASE_SECONDS='a minute' is not a whole number, between 2 and 43,200 s" in said
    assert "GRACE_SECONDS=500.0 must be between 0 and 120 s" in said
    assert "OTEL_TRACES_EXPORTER='console' is not one of otlp, none" in said
    assert "JOB_LOG_GROUP is not set" in said
    assert all(f"{name} is not set" in said for name in OWN)


def test_help_lists_its_own_settings_the_runtime_s_and_the_job_log_s(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch, "--help") == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert all("required" in lines[name] for name in OWN)
    assert "MAX_ATTEMPTS" in lines
    assert "required" in lines["JOB_LOG_GROUP"]
