"""Protocols of the steps that the flow calls.

Each step gets the `Target`, reports its work through `Progress` and looks at `StopSignals` wherever it waits (`stop.wait(seconds)` raises Stopped).
It raises `jobctl.environment.errors.Wrong` (or a subclass) for what a person can act on. Each can be called again after any interruption: what is
there already is found by asking the registry or AWS, not by what an earlier call kept.

    images/        the functions of Images
    rollout.py     the functions of Rollout
    smoke.py       the functions of Smoke
    history.py     the functions of History

A module that has the functions is the step: `flow.deploy(..., Parts(images=images, rollout=rollout, smoke=smoke, history=history))`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jobctl.environment.target import Images as ImageVariables
    from jobctl.environment.target import Outputs, Target
    from jobctl.stop import StopSignals
    from jobdeploy.images import ImageStep
    from jobdeploy.progress import Progress
    from jobdeploy.settings import Settings


class Images(Protocol):
    """The step that makes images from this checkout."""

    def build(self, target: Target, stop: StopSignals, progress: Progress) -> object:
        """Builds for the target's `cpu_architecture`; what is there already is not built again."""

    def push(self, target: Target, stop: StopSignals, progress: Progress) -> ImageVariables:
        """Builds and pushes what is not there, mirrors the collector; gives every image variable of the stack."""

    def gate(self, target: Target, images: ImageVariables, stop: StopSignals, progress: Progress) -> None:
        """Waits for ECR's scan of each digest and raises Wrong where it finds more than the thresholds allow, or could not look."""


class Rollout(Protocol):
    """The step that waits until registered task definitions run."""

    def watch(
        self, target: Target, outputs: Outputs, services: tuple[str, ...], stop: StopSignals, progress: Progress
    ) -> None:
        """Wait until the latest service deployment of each of `services` (names as in stack/main.tf, `background-job`) is SUCCESSFUL.

        Called once for each wave, after its apply: receivers of a queue before its senders.

        Raises:
            RolledBack: with the stopped task's reason and its last log lines.
        """


class Smoke(Protocol):
    """The step that tests what was deployed."""

    def smoke(self, target: Target, outputs: Outputs, stop: StopSignals, progress: Progress) -> None:
        """Sends a synthetic trigger, waits for its job log to say completed, tells the job id, hops and links.

        Raises:
            SmokeFailed: it did not.
        """


class History(Protocol):
    """The record of images that were deployed and found working."""

    def record(self, target: Target, images: ImageVariables) -> None:
        """Called last, after smoke: from now on this is what `rollback` goes back to when the next one fails."""

    def previous(self, target: Target, given_up: ImageVariables) -> ImageVariables:
        """The images of the newest recorded deployment that differ from `given_up`, which are registered now; Wrong where there is none.

        `flow.rollback` applies them (senders before receivers: the opposite order of a deployment), watches, smokes and records.
        """


class OpenLocal(Protocol):
    """A local AWS, registry, scheduler and so on, up while it is entered."""

    def __call__(
        self, settings: Settings, environment: str, stop: StopSignals, progress: Progress, *, repository: Path
    ) -> AbstractContextManager[Target]:
        """A target on this machine, whose `terraform` is a copy (nothing in the checkout is touched)."""


@dataclass(frozen=True)
class LocalDoor:
    """Deployments to this machine: `--local` opens a target, `--registry` names a registry that stands for ECR, for which `images` makes the step."""

    open_target: OpenLocal
    images: Callable[[ImageStep], Images]


@dataclass(frozen=True)
class Parts:
    """The steps that a flow is made of."""

    images: Images
    rollout: Rollout
    smoke: Smoke
    history: History
