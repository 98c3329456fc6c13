"""What a person asks of the images reaches the step that makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobctl.checkout import REPOSITORY
from jobctl.environment.target import Target
from jobctl.errors import UsageError
from jobctl.stop import StopSignals
from jobdeploy.options import WishedPictures, Wishes, wished_names
from jobdeploy.progress import Progress

ALL = {"base", "main-job", "background-job"}


class Recorded:
    """A step that only keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def build(self, target: Target, stop: StopSignals, progress: Progress, **wishes: Any) -> None:
        self.asked.append(("build", wishes))

    def push(self, target: Target, stop: StopSignals, progress: Progress, **wishes: Any) -> dict[str, Any]:
        self.asked.append(("push", wishes))
        return {"main_job_image": "x"}

    def gate(self, target: Target, images: Any, stop: StopSignals, progress: Progress, **wishes: Any) -> None:
        self.asked.append(("gate", {**wishes, "images": images}))


def test_each_step_is_asked_for_what_concerns_it(target: Target) -> None:
    step = Recorded()
    pictures = WishedPictures(step, Wishes({"main-job"}, both=True, without_scan=True))
    stop, progress = StopSignals(), Progress()
    pictures.build(target, stop, progress)
    pictures.gate(target, pictures.push(target, stop, progress), stop, progress)
    assert step.asked == [
        ("build", {"names": {"main-job"}, "both": True}),
        ("push", {"names": {"main-job"}, "both": True}),
        ("gate", {"without_scan": True, "images": {"main_job_image": "x"}}),
    ]


@pytest.mark.parametrize(
    ("images", "pushed", "names"),
    [
        (["main-job"], True, {"main-job"}),
        (["main-job", "collector"], True, {"main-job", "collector"}),
        (["collector"], True, {"collector"}),
        ([], True, ALL | {"collector"}),
        ([], False, ALL),
    ],
)
def test_the_collector_is_pushed_by_name_and_with_all_and_never_built(
    images: list[str], pushed: bool, names: set[str]
) -> None:
    assert wished_names(REPOSITORY, images, pushed=pushed) == names


def test_the_collector_is_not_built_and_a_name_that_is_no_image_is_refused(tmp_path: Path) -> None:
    for name in ("collector", "third-job"):
        with pytest.raises(UsageError, match=f"no image {name}"):
            wished_names(REPOSITORY, [name], pushed=False)
