"""`main-job --help`."""

from __future__ import annotations

import sys

import pytest

from main_job.__main__ import main


def test_help_names_the_settings_that_are_required(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["main-job", "--help"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    rows = [line.split()[:2] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    required = [row[0] for row in rows if row[-1] == "required"]
    assert {"MAIN_JOB_TRIGGERS_QUEUE_URL", "MAIN_JOB_TRIGGERS_DLQ_URL", "BACKGROUND_JOBS_QUEUE_URL"} <= set(required)
