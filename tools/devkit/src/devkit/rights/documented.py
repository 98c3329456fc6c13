"""Commands of the documentation, executed word for word.

A fence of `docs/howto/deploy.md` under a comment `executed=NAME` is run as a user would: by a shell, in the stack's folder, with the AWS CLI and
Terraform on its path, against the local AWS. Variables that one fence sets, the next ones have.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import MismatchError
from jobctl.checkout import REPOSITORY
from localaws.aws import CREDENTIALS

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from localaws.processes import Processes

PAGE = REPOSITORY / "docs/howto/deploy.md"
FENCE_SECONDS = 120.0
"""For one fence; a command of the AWS CLI takes one second, its first one more."""
POLL_SECONDS = 0.05
_FENCE = re.compile(r"^<!-- executed=([\w-]+) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# AWS CLI 1 leads SQS's commands past AWS_ENDPOINT_URL, to an old name of the real one; an option stops it.
_SCRIPT = """\
aws() {{ "{aws}" --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }}
set -eua
cd "{folder}"
{{
{commands}}} > "{output}"
"{python}" -c "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))" "{environ}"
"""
_SHELLS_OWN = ("PWD", "OLDPWD", "SHLVL", "_")


def read_fences(page: str) -> dict[str, str]:
    """The commands of a page that are executed, by name."""
    return dict(_FENCE.findall(page))


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
        """Runs a fence; gives what its commands wrote.

        Raises:
            MismatchError: one failed; the text has its output.
            Stopped: somebody asked us to end.
        """
        output = self._processes.folder / f"{self._name}-{fence}.out"
        environ = output.with_suffix(".json")
        script = _SCRIPT.format(
            aws=self._aws_cli,
            folder=self._folder,
            commands=self._fences[fence],
            output=output,
            python=sys.executable,
            environ=environ,
        )
        child = self._processes.start(f"{self._name}-{fence}", ["sh", "-c", script], self._environ)
        deadline = time.monotonic() + FENCE_SECONDS
        while child.exit_code() is None and time.monotonic() < deadline:
            self._stop.wait(POLL_SECONDS)
        if code := self._processes.stop([child], 0)[child.name]:
            commands = self._fences[fence]
            raise MismatchError(f"{PAGE.name}, executed={fence}: exit code {code}\n{commands}\n{child.last_lines()}")
        kept = json.loads(environ.read_text())
        self._environ = {name: value for name, value in kept.items() if name not in _SHELLS_OWN}
        return output.read_text()

    def value(self, variable: str) -> str:
        """The value of a variable that a fence has set. Raises MismatchError where none has."""
        if not self._environ.get(variable):
            raise MismatchError(f"{PAGE.name} has not set {variable}")
        return self._environ[variable]
