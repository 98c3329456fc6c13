"""One Terraform root: what is applied is the saved plan that was shown.

Plans hold values that nobody else should see, so they are kept where only this user can read them.

The first Ctrl-C is Terraform's own interrupt: it ends what it has begun, writes the state and releases the lock.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobctl.errors import UsageError
from jobdeploy.commands import run_command
from jobdeploy.explain import INSTALL_TERRAFORM, TERRAFORM, explain

if TYPE_CHECKING:
    from jobdeploy.context import DeployContext

PARALLELISM = 30
"""How many resources at once: a queue takes the provider 25 s of waiting, whatever AWS's pace."""
EMPTY, NOT_EMPTY = 0, 2
"""Exit codes of `terraform plan -detailed-exitcode`."""
ENDING = "Terraform ends what it has begun, writes the state and unlocks it. Ctrl-C again kills it, and it cannot."


@dataclass(frozen=True)
class Plan:
    """A saved plan. `text`: as `terraform show` prints it. `empty`: not even an output would change."""

    file: Path
    text: str
    empty: bool

    def headings(self) -> str:
        """Terraform's own line about each resource, and its totals."""
        chosen = [line for line in self.text.splitlines() if line.startswith(("  # ", "Plan: "))]
        return "\n".join(line for line in chosen if not line.startswith("  # ("))

    @property
    def totals(self) -> str:
        """Terraform's own: `1 to add, 2 to change, 0 to destroy.`"""
        found = [line.removeprefix("Plan: ") for line in self.text.splitlines() if line.startswith("Plan: ")]
        return found[0].rstrip(".") if found else "only outputs change"


class Root:
    """A folder with its state. `backend`: settings of an S3 backend; None: the state is a file in the folder."""

    def __init__(
        self,
        context: DeployContext,
        folder: Path,
        name: str,
        *,
        backend: Mapping[str, str] | None,
        var_files: Sequence[Path] = (),
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self._context = context
        self._data_folder = folder / ".terraform" / name  # one for each account and environment
        self._backend = backend
        self._values_file = context.folder / f"{name}.tfvars.json"
        self._plan_file = context.folder / f"{name}.tfplan"
        self._inputs = [f"-var-file={file}" for file in (*var_files, self._values_file)]
        self.set_values(values or {})

    def set_values(self, values: Mapping[str, Any]) -> None:
        """The values of the next plan, above those of the var files."""
        self._values_file.write_text(json.dumps(values, indent=2))

    def init(self, *, migrate: bool = False) -> None:
        """Backend, modules and provider. `migrate`: the state moves here from where the last `init` had it, or from its file in the folder."""
        settings = [f"-backend-config={name}={value}" for name, value in (self._backend or {}).items()]
        how = ("-migrate-state", "-force-copy") if migrate else ("-reconfigure",)
        self.run("init", "-no-color", *how, *settings)

    def plan(self, *options: str) -> Plan:
        """Plan the changes. Raises as `run`."""
        wanted = ("-no-color", "-detailed-exitcode", f"-out={self._plan_file}", f"-parallelism={PARALLELISM}")
        code, _ = self.run("plan", *wanted, *options, *self._inputs, accepted=(EMPTY, NOT_EMPTY))
        text = self.run("show", "-no-color", str(self._plan_file))[1]
        return Plan(self._plan_file, text, code == EMPTY)

    def apply(self, plan: Plan) -> None:
        """Apply a saved plan, noting Terraform's last line. Raises as `run`."""
        self.run("apply", "-no-color", f"-parallelism={PARALLELISM}", str(plan.file), on_line=self._note)

    def outputs(self) -> dict[str, Any]:
        """The outputs by name; empty where nothing was applied."""
        found = json.loads(self.run("output", "-no-color", "-json")[1])
        return {name: output["value"] for name, output in found.items()}

    def planned_outputs(self, plan: Plan) -> dict[str, Any]:
        """The outputs after a plan's apply, by name, as far as they are known before it."""
        shown = json.loads(self.run("show", "-no-color", "-json", str(plan.file))[1])
        outputs = shown["planned_values"].get("outputs", {})
        return {name: output["value"] for name, output in outputs.items() if "value" in output}

    def run(self, *arguments: str, accepted: tuple[int, ...] = (0,), on_line: Any = None) -> tuple[int, str]:
        """The exit code and stdout of any command of Terraform on this root.

        Raises:
            CommandError: another exit code than those accepted.
            Stopped, KeyboardInterrupt: as `run_command`.
        """
        ended = run_command(
            self._context.stop,
            ["terraform", f"-chdir={self.folder}", *arguments],
            {**self._context.environ, "TF_DATA_DIR": str(self._data_folder)},
            self._interrupt,
            on_line=on_line,
        )
        if ended.code not in accepted:
            raise explain(f"terraform {arguments[0]}", ended.output + ended.errors, TERRAFORM)
        return ended.code, ended.output

    def _interrupt(self, process: subprocess.Popen[bytes]) -> None:
        self._context.progress.say(ENDING)
        process.send_signal(signal.SIGINT)

    def _note(self, line: str) -> None:
        if line.strip():
            self._context.progress.note(line.strip())


def check_terraform() -> None:
    """Raise UsageError where Terraform is not installed. One that is too old says so itself, by `required_version`."""
    if shutil.which("terraform") is None:
        raise UsageError("Terraform is not installed.", INSTALL_TERRAFORM)


def terraform_environ(environ: Mapping[str, str], endpoint_url: str | None) -> dict[str, str]:
    """Terraform's environment: the person's own, without what would make it ask questions or use another state."""
    ours = {
        name: value for name, value in environ.items() if not name.startswith(("TF_CLI_ARGS", "TF_WORKSPACE", "TF_LOG"))
    }
    ours |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    if not {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"} & ours.keys():
        cache = Path.home() / ".terraform.d" / "plugin-cache"  # where Terraform's own documentation puts it
        cache.mkdir(parents=True, exist_ok=True)
        ours["TF_PLUGIN_CACHE_DIR"] = str(cache)  # the provider is some 150 MB: once, not once an environment
    if endpoint_url is not None:
        ours |= {
            "AWS_ENDPOINT_URL": endpoint_url,
            "NO_PROXY": "127.0.0.1,localhost",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",  # a copy has no lock file to break
        }
    return ours
