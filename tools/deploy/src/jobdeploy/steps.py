"""Protocols of the steps that the flow calls.

Each step gets the `Target`, reports its work through `Progress` and looks at `StopSignals` wherever it waits (`stop.wait(seconds)` raises Stopped).
It raises a `jobctl.errors.DeployError` for what a person can act on. Each can be called again after any interruption: what is there
already is found by asking the registry or AWS, not by what an earlier call kept.

    pictures.py    the functions of Pictures
    rollout.py     the functions of Rollout
    smoke.py       the functions of Smoke
    history.py     the functions of History

A module that has the functions is the step: `flow.deploy(..., Parts(pictures=pictures, rollout=rollout, smoke=smoke, history=history))`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jobctl.environment.target import Images, Outputs, Target
    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from jobdeploy.settings import Settings


class Pictures(Protocol):
    """The step that makes images from this checkout."""

    def build(self, target: Target, stop: StopSignals, progress: Progress) -> object:
        """Builds for the target's `cpu_architecture`, every image; what is there already is not built again."""

    def push(self, target: Target, stop: StopSignals, progress: Progress) -> Images:
        """Builds what is not built, pushes what is not there, mirrors the collector; gives every image variable of the stack."""

    def gate(self, target: Target, images: Images, stop: StopSignals, progress: Progress) -> None:
        """Waits for ECR's scan of each digest and raises DeployError where it finds more than the thresholds allow, or could not look."""


class Capable(Protocol):
    """`jobdeploy.images`, or what stands for it locally."""

    def build(
        self, target: Target, stop: StopSignals, progress: Progress, *, names: Collection[str] | None, both: bool
    ) -> object:
        """See `pictures.build`."""

    def push(
        self, target: Target, stop: StopSignals, progress: Progress, *, names: Collection[str] | None, both: bool
    ) -> dict[str, Any]:
        """See `pictures.push`."""

    def gate(
        self,
        target: Target,
        images: Mapping[str, Any],
        stop: StopSignals,
        progress: Progress,
        *,
        without_scan: bool,
    ) -> None:
        """See `pictures.gate`."""


class Rollout(Protocol):
    """The step that waits until registered task definitions run."""

    def watch(
        self, target: Target, outputs: Outputs, services: tuple[str, ...], stop: StopSignals, progress: Progress
    ) -> None:
        """Wait until the latest service deployment of each of `services` (names as in stack/main.tf, `background-job`) is SUCCESSFUL.

        Called once for each wave, after its apply: receivers of a queue before its senders.

        Raises:
            RolledBackError: with the stopped task's reason and its last log lines.
        """


class Smoke(Protocol):
    """The step that tests what was deployed."""

    def smoke(self, target: Target, outputs: Outputs, stop: StopSignals, progress: Progress) -> None:
        """Sends a synthetic trigger, waits for its job log to say completed, prints the job id, timeline and links.

        Raises:
            SmokeTestError: it did not.
        """


class History(Protocol):
    """The record of images that were deployed and found working."""

    def record(self, target: Target, images: Images) -> None:
        """Called last, after smoke: from now on this is what `rollback` goes back to when the next one fails."""

    def previous(self, target: Target, given_up: Images) -> Images:
        """The images of the newest recorded deployment that differ from `given_up`, which are registered now; DeployError where there is none.

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
    images: Callable[[Path], Capable]


@dataclass(frozen=True)
class Parts:
    """The steps that a flow is made of."""

    pictures: Pictures
    rollout: Rollout
    smoke: Smoke
    history: History
