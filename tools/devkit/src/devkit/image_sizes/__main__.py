"""Build and measure the images: `python -m jobdeploy.image_build [build] [measure]`; without a name: both.

Exit codes: 0 all is well; 1 a build failed or an image does not meet its targets, the last lines say what; 2 wrong arguments or settings, or no
Docker; 130 Ctrl-C. What was built stays, and is not built again while nothing changes.
"""

from __future__ import annotations

import argparse
import os
import sys

from devkit.image_sizes.measure import measure
from devkit.image_sizes.report import faults, notes, table
from devkit.image_sizes.service_run import NoReceive
from jobctl.checkout import REPOSITORY
from jobctl.stop import Stopped, StopSignals
from jobctl.views.console import make_console
from jobdeploy.docker import Docker, DockerFailed, NoDocker, check_docker
from jobdeploy.image_build.build import build_images
from jobdeploy.image_build.docker_build import DockerBuild
from jobdeploy.image_build.labels import Source
from jobdeploy.image_build.machine import BadSetting, Machine
from jobdeploy.image_build.requirements import Conflict
from jobdeploy.image_build.uv import UvFailed
from jobdeploy.progress import Progress
from localaws.aws import only_local_credentials

STEPS = ("build", "measure")
STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""
SETTINGS = """\
settings of this machine, all optional (docker/README.md):
  JOBS_PYTHON_IMAGE   the public Python image, instead of the one that base.Dockerfile pins
  JOBS_BUILD_NETWORK  --network of docker build
  JOBS_BUILD_CA       a bundle of CA certificates for the package index; never in a layer
  PIP_INDEX_URL, HTTP_PROXY, HTTPS_PROXY, NO_PROXY  as pip and docker know them
"""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    parser = argparse.ArgumentParser(
        prog="jobdeploy.image_build",
        description="Builds the shared base and every service's image, and measures them.",
        epilog=SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help="build, measure (which builds too); none: both")
    parser.add_argument("--platform", help="as docker has it, linux/arm64; default: the engine's own")
    asked = parser.parse_args(arguments)
    unknown = [step for step in asked.steps if step not in STEPS]
    if unknown:
        parser.error(f"no such step: {', '.join(unknown)}; there are {', '.join(STEPS)}")
    with StopSignals() as stop:
        try:
            return _run(stop, asked.platform, measured="measure" in (asked.steps or STEPS))
        except (NoDocker, BadSetting) as error:
            print(f"\n{error}", file=sys.stderr)
            return 2
        except (DockerFailed, UvFailed, Conflict, NoReceive) as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        except (Stopped, KeyboardInterrupt):
            print("\nStopped. What was built stays.", file=sys.stderr)
            return STOPPED_EXIT_CODE


def _run(stop: StopSignals, platform: str | None, *, measured: bool) -> int:
    docker = Docker(
        dict(os.environ)
    )  # with the person's own credentials: the public image may be in a registry of theirs
    machine = Machine.read(os.environ)
    only_local_credentials(os.environ)  # what is measured talks to a stand-in
    print(f"Docker {check_docker(docker)}", flush=True)
    build = DockerBuild(docker, stop, machine, Source.read(REPOSITORY), platform)
    progress = Progress()
    tags = build_images(docker, stop, progress, build=build)
    wrong: list[str] = []
    if measured:
        images = measure(build, progress, tags)
        console = make_console()
        console.print(table(images))
        for note in notes(images):
            console.print(note)
        wrong = faults(images)
    progress.end()
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
