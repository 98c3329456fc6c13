"""A whole deployment, also in a process of its own, for signals: real flow, real Terraform, real locks; images and tasks are only named.

`python deploying.py STEP ENDPOINT FOLDER PROJECT MAIN BACKGROUND`, the last two a digit that stands for the digest.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobctl.environment.prompt import Prompt
from jobctl.environment.target import Outputs
from jobctl.errors import CommandError, UsageError
from jobctl.stop import Stopped, StopSignals
from jobdeploy import flow
from jobdeploy.context import open_context
from jobdeploy.destroy import destroy
from jobdeploy.drift import check_drift
from jobdeploy.errors import SmokeTestError
from jobdeploy.image_set import Images
from jobdeploy.images.declaration import Declaration
from jobdeploy.progress import Progress
from jobdeploy.target import DeployTarget
from localaws.aws import REGION, only_local_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOLD = "hold"
"""A file in the folder: while it is there the rollout does not end."""
REFUSE, SILENT = "refuse", "silent"
"""Files in the folder: with them the smoke test's job is refused by images of the digit 3, or the time is up."""
BEFORE = "12"
"""The digits of the deployment that a rollback goes back to."""


class Named:
    """Images, Rollout, Smoke and History of a deployment without images and tasks. Says each call on stdout."""

    def __init__(self, folder: Path, main: str, background: str) -> None:
        self._folder = folder
        self._digits = {"main_job_image": main, "background_job_image": background, "collector_image": "c"}

    def push(self, target: DeployTarget, stop: StopSignals, progress: Progress) -> Images:
        return self.images(target)

    def images(self, target: DeployTarget) -> Images:
        named = {name: f"{target.ecr}/x@sha256:{digit * 64}" for name, digit in self._digits.items()}
        return {**named, "service_images": {}}

    def gate(self, target: DeployTarget, images: Images, stop: StopSignals, progress: Progress) -> None:
        progress.say("gate")

    def declared(
        self, target: DeployTarget, references: Mapping[str, str], stop: StopSignals
    ) -> dict[str, Declaration | None]:
        needed = Declaration({"CRM_URL": "environment"}, frozenset({"LOG_LEVEL"}))
        return {name: needed if name == "main-job" else None for name in references}

    def watch(
        self, target: DeployTarget, outputs: Outputs, services: Sequence[str], stop: StopSignals, progress: Progress
    ) -> None:
        progress.say(f"watch {' '.join(services)}")
        while (self._folder / HOLD).exists():
            stop.wait(0.02)

    def smoke(self, target: DeployTarget, outputs: Outputs, stop: StopSignals, progress: Progress) -> None:
        progress.say(f"smoke {outputs['images']}")
        if (self._folder / SILENT).exists():
            raise SmokeTestError("not completed in time", "look", by_new_version=False)
        if (self._folder / REFUSE).exists() and "3" * 64 in str(outputs["images"]):
            raise SmokeTestError(
                "refused by a task of it", "`nox -s rollback` brings the one before back", by_new_version=True
            )

    def record(self, target: DeployTarget, images: Images) -> None:
        print("recorded", flush=True)

    def previous(self, target: DeployTarget, given_up: Images) -> Images:
        assert "3" * 64 in str(given_up), given_up
        main, background = BEFORE
        return Named(self._folder, main, background).images(target)


def main(step: str, endpoint: str, folder: str, project: str, main_digit: str, background_digit: str) -> int:
    """The exit code of the step."""
    only_local_credentials(os.environ)
    here = Path(folder)
    named = Named(here, main_digit, background_digit)
    target = DeployTarget(
        project,
        "dev",
        REGION,
        "123456789012",
        endpoint_url=endpoint,
        repository=here,
        terraform=here / "terraform",
    )
    if step.endswith("-prod"):
        target = replace(target, environment="prod")
    with StopSignals() as stop:
        try:
            with open_context(target, stop, Progress(), Prompt(yes=True)) as context:
                if step.startswith("deploy"):
                    back = step == "deploy-or-back"
                    steps = flow.Steps(named, named.watch, named.smoke, named.record, named.previous)
                    flow.deploy(context, steps, rollback_on_failed_smoke=back)
                elif step == "drift":
                    check_drift(context)
                else:
                    destroy(context, bootstrap_too=step.startswith("destroy-bootstrap"))
        except CommandError as error:
            print(f"\n{error}", flush=True)
            return 7 if isinstance(error, UsageError) else error.exit_code
        except (Stopped, KeyboardInterrupt):
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
