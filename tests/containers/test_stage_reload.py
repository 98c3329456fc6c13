"""`nox -s local -- reload SERVICE`: a changed handler in the containers, without an end of anything else. On the stage of `test_stage`."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.local_stack.reload import reload
from devkit.local_stack.up import state_of
from jobctl.errors import CommandError
from jobctl.stop import StopSignals
from jobdeploy.images.building import build_images
from jobdeploy.images.docker import Docker as BuildDocker
from jobdeploy.progress import Progress

from .checkout import Checkout
from .crowd import trigger
from .stage_run import ROOM_SECONDS, StageRun

pytestmark = pytest.mark.timeout(600)

SERVICE = "background-job"
HANDLERS = "services/background-job/src/background_job/handlers.py"
END = "    context.complete(steps=wish.steps)\n"


def test_a_changed_handler_works_once_reload_has_ended_and_what_ran_before_loses_no_job(
    run: StageRun, tmp_path: Path
) -> None:
    checkout, state = Checkout(tmp_path), state_of(run.stage)
    checkout.change(HANDLERS, END, END.replace("steps=", "reloaded=True, steps="))
    tags = set(run.docker.run("images", "--format={{.Repository}}:{{.Tag}}").split())
    try:
        with StopSignals() as stop:
            build_images(checkout.folder, BuildDocker(stop), Progress(), [SERVICE])
            (held,) = run.send([trigger(seconds=8)])
            run.event_of(held, "job.started")
            reload(stop, run.docker, state, SERVICE, checkout.folder)
            (sent,) = run.send([trigger()])
            assert [story.attempts for story in run.completed([held, sent])] == [1, 1]
            assert run.event_of(sent, "job.completed").fields["reloaded"] is True

            checkout.change(
                HANDLERS, "from typing import", 'raise RuntimeError("broken on purpose")\nfrom typing import'
            )
            with pytest.raises(CommandError, match="RuntimeError: broken on purpose"):
                reload(stop, run.docker, state, SERVICE, checkout.folder)
            reload(stop, run.docker, state, SERVICE)
        run.stage.settle(ROOM_SECONDS)
    finally:
        for tag in set(run.docker.run("images", "--format={{.Repository}}:{{.Tag}}").split()) - tags:
            if f"/{SERVICE}:" in tag:
                run.docker.run("rmi", "--force", tag)
