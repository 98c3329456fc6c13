"""One Terraform root, planned and applied on its real state.

What is applied is the saved plan that was shown. It is kept where only this user can read it, since plans hold values that nobody else should see.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobdeploy.explain import explain
from jobdeploy.plan import Change, changes, managed
from jobdeploy.program import TerraformEnded

if TYPE_CHECKING:
    from jobdeploy.work import Work

PARALLEL = 30
"""How many resources at once: a queue takes the provider 25 s of waiting, whatever AWS's pace."""
EMPTY, NOT_EMPTY = 0, 2
"""Exit codes of `terraform plan -detailed-exitcode`."""
_DONE = re.compile(r": (?:Creation|Modifications|Destruction) complete after ")


@dataclass(frozen=True)
class Plan:
    """A saved plan. `empty`: not even an output would change."""

    file: Path
    changes: tuple[Change, ...]
    empty: bool


class Root:
    """A folder with its state. `backend`: of an S3 backend; None: the backend is a file in the folder."""

    def __init__(
        self,
        work: Work,
        folder: Path,
        kept_in: str,
        *,
        backend: Mapping[str, str] | None,
        var_files: Sequence[Path] = (),
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self._work = work
        self._kept_in = folder / ".terraform" / kept_in  # one for each state: no command can meet another's
        self._backend = backend
        self._inputs = [f"-var-file={file}" for file in var_files]
        self._values_file = work.folder / f"{kept_in}.tfvars.json"
        self._inputs.append(f"-var-file={self._values_file}")
        self._plan_file = work.folder / f"{kept_in}.tfplan"
        self.set_values(values or {})

    def set_values(self, values: Mapping[str, Any]) -> None:
        """The values of the next plan, above those of the var files."""
        self._values_file.write_text(json.dumps(values, indent=2))

    def init(self) -> None:
        """Backend, modules, provider; the lock file for the platforms of this project where there is none."""
        if self._work.makes_lock_file(self.folder):
            self._run("get", "-no-color")
            platforms = [f"-platform={platform}" for platform in self._work.platforms()]
            self._run("providers", "lock", "-no-color", *platforms)
        settings = [f"-backend-config={name}={value}" for name, value in (self._backend or {}).items()]
        self._run("init", "-no-color", "-reconfigure", *settings)

    def plan(self, *options: str) -> Plan:
        """Plan the changes. Raises as `_run`."""
        wish = ("-no-color", "-detailed-exitcode", f"-out={self._plan_file}", f"-parallelism={PARALLEL}")
        code, _ = self._run("plan", *wish, *options, *self._inputs, accepted=(EMPTY, NOT_EMPTY))
        found = changes(self.show(self._plan_file, "-json")) if code == NOT_EMPTY else []
        return Plan(self._plan_file, tuple(found), code == EMPTY)

    def show(self, plan: Path, *options: str) -> str:
        """A saved plan as Terraform's text."""
        return self._run("show", "-no-color", *options, str(plan))[1]

    def apply(self, plan: Plan) -> None:
        """Apply a saved plan. Raises as `_run`."""
        total = sum(1 + (len(one.actions) > 1) for one in plan.changes)
        done = 0

        def count(line: str) -> None:
            nonlocal done
            if _DONE.search(line):
                done += 1
                self._work.progress.note(f"{done} of {total}")

        self._run("apply", "-no-color", f"-parallelism={PARALLEL}", str(plan.file), line=count)

    def outputs(self) -> dict[str, Any]:
        """The outputs by name; empty where nothing was applied."""
        said = json.loads(self._run("output", "-no-color", "-json")[1])
        return {name: output["value"] for name, output in said.items()}

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        return managed(self._run("show", "-no-color", "-json")[1])

    def push_state(self, file: Path) -> None:
        """Make a file the state; pushing the same one again changes nothing."""
        self._run("state", "push", str(file))

    def pull_state(self, file: Path) -> None:
        """Write the state to a file, complete or not at all."""
        written = file.with_suffix(".part")
        written.touch(mode=0o600)
        written.write_text(self._run("state", "pull")[1])
        written.replace(file)

    def _run(self, *arguments: str, accepted: tuple[int, ...] = (0,), line: Any = None) -> tuple[int, str]:
        """Raises DeployError (what a person can act on), StalePlan, Stopped."""
        try:
            return self._work.program.run(self.folder, self._kept_in, *arguments, accepted=accepted, line=line)
        except TerraformEnded as error:
            raise explain(error, self._work.target, self._work.running) from error
