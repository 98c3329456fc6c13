"""Commands of the documentation, executed word for word.

A fence of `docs/howto/deploy.md` that begins with `executed=NAME` is run as a user would: by a shell, in the stack's folder, with the AWS CLI and
Terraform on its path, against the local AWS. Variables that one fence sets, the next ones have.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.infra_check.inventory import NotAsSaid
from jobctl.checkout import REPOSITORY
from localaws.aws import CREDENTIALS

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from localaws.processes import Processes

PAGE = REPOSITORY / "docs/howto/deploy.md"
NO_AWS_CLI = (
    "The documentation's commands are executed with the AWS CLI, and there is none. `nox -s infra` brings its own; without nox install it"
    " (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html) or say --aws-cli=PROGRAM."
)
FENCE_SECONDS = 120.0
"""For one fence; a command of the AWS CLI takes one second, its first one more."""
LOOK_SECONDS = 0.05
_FENCE = re.compile(r"^```sh executed=(?P<name>[\w-]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SCRIPT = """\
aws() {{ {aws} "$@"; }}
set -eua
cd "{folder}"
{{
{commands}}} > "{output}"
{keep}
"""
_KEEP = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


class NoAwsCli(Exception):  # noqa: N818 (says what is wrong)
    """There is no AWS CLI, or it does not start. The text says what to do."""


def find_aws_cli(wished: str | None) -> Path:
    """The program: the one that was asked for, else the first on the path. Both major versions will do.

    Raises:
        NoAwsCli: there is none.
    """
    found = shutil.which(wished or "aws")
    if found is None:
        raise NoAwsCli(f"{wished} is no program. {NO_AWS_CLI}" if wished else NO_AWS_CLI)
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    if said.returncode:
        raise NoAwsCli(f"{found} --version: {said.stderr or said.stdout} {NO_AWS_CLI}")
    return Path(found).absolute()


def read_fences(page: str) -> dict[str, str]:
    """The commands of a page that are executed, by name.

    Raises:
        ValueError: two have one name.
    """
    found = [(fence["name"], fence["text"]) for fence in _FENCE.finditer(page)]
    if len({name for name, _ in found}) < len(found):
        raise ValueError(f"Two fences have one name: {', '.join(name for name, _ in found)}")
    return dict(found)


class Documented:
    """Owns what the commands of one installation have set so far. `folder` is its copy of the stack; `name` is for file names."""

    def __init__(
        self, name: str, folder: Path, aws_cli: Path, endpoint: str, processes: Processes, stop: StopSignals
    ) -> None:
        self._name = name
        self._folder = folder
        self._aws_cli = aws_cli
        self._processes = processes
        self._stop = stop
        self._fences = read_fences(PAGE.read_text(encoding="utf-8"))
        self._environ: dict[str, str] = {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_PAGER": "",  # a person reads page by page
            # Whatever else may lead to a real AWS ends at a port where nobody listens.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1,localhost",
            "CHECKPOINT_DISABLE": "1",
        }

    def run(self, fence: str) -> str:
        """Run a fence; returns what its commands wrote.

        Raises:
            NotAsSaid: one failed; the text is what they said. There is no such fence.
            Stopped: somebody asked us to end.
        """
        if fence not in self._fences:
            raise NotAsSaid(f"{PAGE.name} has no commands with executed={fence}")
        output = self._processes.folder / f"{self._name}-{fence}.out"
        kept = output.with_suffix(".json")
        script = _SCRIPT.format(
            # AWS CLI 1 leads SQS's commands past AWS_ENDPOINT_URL, to an old name of the real one; an option stops it.
            aws=f'"{self._aws_cli}" --endpoint-url "$AWS_ENDPOINT_URL"',
            folder=self._folder,
            commands=self._fences[fence],
            output=output,
            keep=f'"{sys.executable}" -c "{_KEEP}" \'{kept}\'',
        )
        child = self._processes.start(f"{self._name}-{fence}", ["sh", "-c", script], self._environ)
        deadline = time.monotonic() + FENCE_SECONDS
        while child.exit_code() is None and time.monotonic() < deadline:
            self._stop.wait(LOOK_SECONDS)
        code = self._processes.stop([child], 0)[child.name]
        if code:
            raise NotAsSaid(
                f"{PAGE.name}, executed={fence}: exit code {code}\n{self._fences[fence]}\n{child.last_lines()}"
            )
        self._environ = _without_the_shells_own(json.loads(kept.read_text()))
        return output.read_text()

    def value(self, variable: str) -> str:
        """The value of a variable that a fence has set.

        Raises:
            NotAsSaid: nothing.
        """
        if not self._environ.get(variable):
            raise NotAsSaid(f"{PAGE.name} has not set {variable}")
        return self._environ[variable]


def _without_the_shells_own(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in ("PWD", "OLDPWD", "SHLVL", "_")}
