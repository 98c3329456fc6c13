"""That beats reach the file, cheaply, and that a bad disk never hurts a job."""

import logging
import os
from pathlib import Path

import pytest

from jobqueue.ecs.health_file import HealthFile, HealthSettings
from jobqueue.health import DEFAULT_FILE, DEFAULT_MAX_AGE_SECONDS, look
from jobqueue.settings import SettingError, load

LONG_AGO = 1_000_000_000


class ManualTime:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "health"


def test_there_is_no_proof_of_life_before_the_first_beat(path: Path) -> None:
    HealthFile(str(path))
    assert not path.exists()


def test_a_beat_creates_an_empty_file_that_the_health_check_believes(path: Path) -> None:
    HealthFile(str(path)).beat()
    assert path.read_bytes() == b""
    assert look(str(path), 30)[0] == 0


def test_a_beat_touches_at_most_once_a_second(path: Path) -> None:
    time = ManualTime()
    health = HealthFile(str(path), clock=time)
    health.beat()
    os.utime(path, (LONG_AGO, LONG_AGO))
    time.now += 0.99
    health.beat()
    assert path.stat().st_mtime == LONG_AGO
    time.now += 0.01
    health.beat()
    assert path.stat().st_mtime > LONG_AGO


def test_a_file_that_cannot_be_touched_is_logged_once_until_it_can(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobqueue.ecs")
    time = ManualTime()
    health = HealthFile(str(path / "missing"), clock=time)
    for _ in range(5):
        health.beat()
        time.now += 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(path / "missing") in caplog.text
    path.mkdir()
    health.beat()
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_somebody_elses_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    path.symlink_to(target)
    HealthFile(str(path)).beat()
    assert not target.exists()


def test_a_pipe_of_that_name_does_not_block(path: Path) -> None:
    os.mkfifo(path)
    HealthFile(str(path)).beat()


def test_a_path_that_no_system_accepts_does_not_raise() -> None:
    HealthFile("\0").beat()


def test_worker_and_health_check_have_the_same_defaults() -> None:
    settings = load(HealthSettings, {})
    assert settings.health_file == DEFAULT_FILE
    assert settings.health_max_age_seconds == DEFAULT_MAX_AGE_SECONDS


def test_an_age_below_one_long_poll_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="HEALTH_MAX_AGE_SECONDS"):
        load(HealthSettings, {"HEALTH_MAX_AGE_SECONDS": "10"})
