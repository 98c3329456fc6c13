"""Installation of `jobctl` from its wheel and the library's, with no more than it needs, and from the checkout.

Needs the package index, for the versions in the lock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devkit.services import make_queue_pair
from jobctl.checkout import REPOSITORY
from localaws.aws import CREDENTIALS, REGION, clients_of, start_aws
from localaws.processes import Processes

UV = os.environ.get("UV") or shutil.which("uv") or ""
STACK = "shop-dev"
DISTRIBUTION, LIBRARY = "jobqueue-cli", "jobqueue"
NOT_NEEDED = {"moto", "flask", "grafana-foundation-sdk", "main-job", "jobdeploy", "localaws", "devkit"}
OURS = ("VIRTUAL_ENV", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "PYTHONPATH")
"""Of whoever runs the tests; a person's shell has none of them."""

pytestmark = [pytest.mark.skipif(not UV, reason="uv is not installed"), pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Installed:
    """An installation by `uv tool install`. `environ` has nothing of the checkout."""

    bin: Path
    python: Path
    environ: dict[str, str]

    def run(self, program: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments],
            env=self.environ | environ,
            cwd=self.bin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def jobs(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.bin / "jobctl", *arguments, **environ)


def installed(what: str, folder: Path, name: str, *options: str) -> Installed:
    environ = {name: value for name, value in os.environ.items() if name not in OURS}
    environ |= {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    command = [UV, "tool", "install", "--quiet", "--python", sys.executable, *options, what]
    done = subprocess.run(command, env=environ, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    home = folder / "home"
    home.mkdir()
    python = folder / "tools" / name / "bin" / "python"
    return Installed(folder / "bin", python, {"PATH": os.environ["PATH"], "HOME": str(home)})


@pytest.fixture(scope="module")
def from_wheels(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`jobctl` installed from wheels, with the versions of the lock, so that no new release of a dependency changes this test."""
    dist, folder = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("tool")
    for name in (LIBRARY, DISTRIBUTION):
        uv("build", "--quiet", "--wheel", f"--package={name}", f"--out-dir={dist}")
    wheel, library = dist.glob("jobqueue_cli-*.whl"), dist.glob("jobqueue-*.whl")
    locked = uv(
        "export", "--quiet", "--locked", "--no-dev", "--no-emit-workspace", "--no-hashes", f"--package={DISTRIBUTION}"
    )
    constraints = folder / "constraints.txt"
    constraints.write_text(locked)
    return installed(
        str(next(wheel)), folder, DISTRIBUTION, "--with", str(next(library)), "--constraints", str(constraints)
    )


def uv(*arguments: str) -> str:
    return subprocess.run([UV, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def local_aws() -> Iterator[str]:
    """A local AWS with a stack of one service; its address."""
    with Processes("wheel-") as processes:
        endpoint = start_aws(processes).endpoint()
        make_stack(endpoint)
        yield endpoint


def make_stack(endpoint: str) -> None:
    clients = clients_of(endpoint)
    queue = make_queue_pair(clients("sqs"), f"{STACK}-triggers")
    ecs = clients("ecs")
    ecs.create_cluster(clusterName=STACK)
    container = {"name": "main-job", "image": f"main-job@sha256:{'0' * 64}", "memory": 128}
    ecs.register_task_definition(family="main-job", containerDefinitions=[container])
    ecs.create_service(cluster=STACK, serviceName="main-job", taskDefinition="main-job", desiredCount=0)
    groups = {name: f"/ecs/{STACK}/{name}" for name in ("ecs", "metrics")}
    for group in groups.values():
        clients("logs").create_log_group(logGroupName=group)
    service = {
        "ecs_service": "main-job",
        "log_group": groups["ecs"],
        "log_stream_prefix": "main-job/main-job/",
        "job_logs": False,
    }
    service |= {"receives": "triggers", "sends": [], "queue_url": queue.url, "dead_letter_url": queue.dead_letter_url}
    names = {"cluster": STACK, "dashboard": STACK, "xray_group": STACK, "metrics_namespace": STACK}
    names |= {"alarm_prefix": f"{STACK}-", "paused_parameter": "/shop/dev/paused", "kms_key_arn": ""}
    place = {"format": 1, "region": REGION, "account": "123456789012", "log_groups": groups}
    value = json.dumps({**place, **names, "services": {"main-job": service}})
    clients("ssm").put_parameter(Name="/shop/dev/stack", Value=value, Type="String")


def test_installed_from_the_wheels_every_module_can_be_imported(from_wheels: Installed) -> None:
    """Without anything of the other packages: what only a checkout has is never imported."""
    program = """
import importlib, pkgutil, jobctl
for module in pkgutil.walk_packages(jobctl.__path__, "jobctl."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
    done = from_wheels.run(from_wheels.python, "-c", program)
    assert done.returncode == 0, done.stderr
    listed = from_wheels.run(
        from_wheels.python, "-c", "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    )
    names = {name.lower() for name in listed.stdout.split()}
    assert {DISTRIBUTION, LIBRARY} <= names
    assert not names & NOT_NEEDED


def test_installed_from_the_wheels_it_answers(from_wheels: Installed, local_aws: str) -> None:
    helped = from_wheels.jobs("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "submit" in helped.stdout
    settings = {**CREDENTIALS, "JOBS_PROJECT": "shop", "JOBS_ENVIRONMENT": "dev", "AWS_ENDPOINT_URL": local_aws}
    status = from_wheels.jobs("status", "--json", **settings)
    assert status.returncode == 0, status.stderr
    (service,) = json.loads(status.stdout)["environment"]["services"]
    assert (service["name"], service["queue"]["waiting"]) == ("main-job", 0)
    sent = from_wheels.jobs("submit", "--trigger", "test", **settings)
    assert sent.returncode == 0, sent.stderr
    assert (
        json.loads(from_wheels.jobs("status", "--json", **settings).stdout)["environment"]["services"][0]["queue"][
            "waiting"
        ]
        == 1
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_installs_for_each_shell_and_completes(from_wheels: Installed, shell: str) -> None:
    done = from_wheels.jobs("--install-completion", shell)
    assert done.returncode == 0, done.stderr
    home = Path(from_wheels.environ["HOME"])
    assert any("_JOBCTL_COMPLETE" in file.read_text() for file in home.rglob("*jobctl*") if file.is_file())
    asked = {"COMP_WORDS": "jobctl st", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "jobctl st"}
    completed = from_wheels.jobs(_JOBCTL_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_FISH_ACTION="get-args", **asked)
    assert "status" in completed.stdout


def test_the_checkout_itself_installs_as_a_tool(tmp_path: Path) -> None:
    tool = installed("./tools/cli", tmp_path, DISTRIBUTION)
    done = tool.jobs("--help")
    assert (done.returncode, "submit" in done.stdout) == (0, True), done.stderr
