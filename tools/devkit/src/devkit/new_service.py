"""A new service: `nox -s new-service -- report-job`. Makes its folder, its block in Terraform, its import contracts and its place in uv.lock.

Everything is checked and written down before the first file changes: a name that is refused changes nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path

from devkit.service_templates import TEMPLATES
from jobdeploy.declared import read_declared

MAX_NAME_CHARACTERS = 20
"""An IAM role's name has at most 64, "PROJECT-ENVIRONMENT-SERVICE-execution": this is what `message-driven-microservices-prod` leaves."""
IMAGES = {"base", "collector"}
"""Repositories beside those of the services."""
STACK = Path("infra/terraform/stack")
CONTRACTS = Path("pyproject.toml")
USAGE, FAILED = 2, 1

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SERVICES = re.compile(r"^  services = \{\n(?:    .*\n)+(?=  \}\n)", re.MULTILINE)
_BLOCK = """\
    "{name}" = {{
      receives = "{queue}"
      sends    = []
      job_logs = true
    }}
"""
_NEXT = """
Next:
  1. Write its handlers: services/{name}/src/{module}/handlers.py, one line for each in jobs.py
  2. ./noxw -s test -- services/{name}
  3. Say where its jobs come from. From another service, main-job for example:
       infra/terraform/stack/main.tf                 "{queue}" in its `sends`
       services/main-job/src/main_job/settings.py    {field}_queue_url: str = setting("where {name}'s jobs go", role="sends")
       services/main-job/src/main_job/jobs.py        routes=Routes({{"example": "{queue}"}}, default="background-jobs") in its catalogue
     From outside: infra/terraform/environments/*/terraform.tfvars
       queue_producers = {{ "{queue}" = {{ month-end = {{ kind = "events", arn = "arn:aws:events:...:rule/month-end" }} }} }}
  4. ./noxw -s fix               # Grafana's dashboard shows it
  5. ./noxw -s deploy -- --environment dev
More: docs/howto/add-a-service.md
"""


class RefusedError(ValueError):
    """This service cannot be made; nothing was changed."""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    parser = argparse.ArgumentParser(
        prog="nox -s new-service --", description="Makes a service with a queue of its own."
    )
    parser.add_argument("name", help="report-job: of its folder, its image and its ECS service")
    parser.add_argument("--queue", help="the queue that it receives from; default: the name and an s, report-jobs")
    asked = parser.parse_args(arguments)
    root, name, queue = Path.cwd(), asked.name, asked.queue or f"{asked.name}s"
    try:
        files = plan(root, name, queue)
    except RefusedError as error:
        print(f"new-service: {error} Nothing was changed.", file=sys.stderr)
        return USAGE
    for path in files:
        print(f"changed {path}" if (root / path).exists() else f"made    {path}")
    write(root, files)
    locked = subprocess.run([os.environ.get("UV", "uv"), "lock", "--quiet"], cwd=root, check=False)
    if locked.returncode:
        print("new-service: all of that is made, but `uv lock` failed (see above): run it again.", file=sys.stderr)
        return FAILED
    print("changed uv.lock")
    print(_NEXT.format(**_values(name, queue)), end="")
    return 0


def module_of(name: str) -> str:
    """The service's Python package."""
    return name.replace("-", "_")


def plan(root: Path, name: str, queue: str) -> dict[Path, str]:
    """Every file that is made or changed, relative to `root`, with its text.

    Raises:
        RefusedError: a name that is no name, or taken.
    """
    if not (root / STACK).is_dir():
        raise RefusedError(f"{root} has no {STACK}: run it in the repository's root.")
    refusal = next(_refusals(root, name, queue), None)
    if refusal is not None:
        raise RefusedError(refusal)
    values = _values(name, queue)
    folder = Path("services") / name
    files = {folder / path.format(**values): text.format(**values) for path, text in TEMPLATES.items()}
    files[STACK / "main.tf"] = _with_block((root / STACK / "main.tf").read_text(encoding="utf-8"), name, queue)
    files[CONTRACTS] = _with_contracts(root, module_of(name))
    return files


def write(root: Path, files: Mapping[Path, str]) -> None:
    """Writes what was planned."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def _values(name: str, queue: str) -> dict[str, str]:
    """What the templates are filled in with."""
    module = module_of(name)
    settings = "".join(part.capitalize() for part in name.split("-")) + "Settings"
    imports = {
        "main": ("from jobqueue import Service, run", f"from {module}.settings import {settings}"),
        "jobs": ("from jobqueue import JobCatalogue", f"from {module} import handlers"),
        "tests": ("from jobqueue.testing import InMemoryQueue, drain, put_job", f"from {module}.jobs import catalogue"),
    }
    return {
        "name": name,
        "module": module,
        "settings": settings,
        "queue": queue,
        "field": module_of(queue),
        "variable": module_of(queue).upper(),
        **{f"imports_of_{where}": "\n".join(sorted(lines)) for where, lines in imports.items()},
    }


def _refusals(root: Path, name: str, queue: str) -> Iterator[str]:
    """What is wrong with the names; one sentence each."""
    for what, one in (("service", name), ("queue", queue)):
        if not _NAME.fullmatch(one):
            yield f"{one!r} is not the name of a {what}: use lower-case letters, digits and single hyphens, as in report-job."
    if len(name) > MAX_NAME_CHARACTERS:
        yield f"{name!r} has {len(name)} characters: an IAM role's name has room for {MAX_NAME_CHARACTERS} of them."
    if (root / "services" / name).exists():
        yield f"services/{name} is there already."
    declared = read_declared(root / STACK)
    if name in declared:
        yield f"{STACK}/main.tf has a service {name!r} already."
    if name in IMAGES:
        yield f"{name!r} is the name of an image already."
    if queue in {one.receives for one in declared.values()}:
        yield f"{queue!r} is the queue of another service ({STACK}/main.tf): name one with --queue."
    if name in _distributions(root):
        yield f"{name!r} is the name of a distribution in uv.lock."
    module = module_of(name)
    if iskeyword(module) or find_spec(module) is not None:
        yield f"The service's Python package would be {module!r}, and Python has something of that name already."


def _distributions(root: Path) -> set[str]:
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"] for package in lock["package"]}


def _with_block(text: str, name: str, queue: str) -> str:
    changed, places = _SERVICES.subn(lambda found: found[0] + _BLOCK.format(name=name, queue=queue), text)
    if places != 1:
        raise RefusedError(f"{STACK}/main.tf: `services = {{` stands there {places} times.")
    return changed


def _with_contracts(root: Path, module: str) -> str:
    """The import contracts, which name every service: the new one stands behind one that is there, wherever that is."""
    text = (root / CONTRACTS).read_text(encoding="utf-8")
    modules = sorted(path.parent.name for path in root.glob("services/*/src/*/__main__.py"))
    known = next((one for one in modules if f"| {one}" in text), None)
    if known is None:
        raise RefusedError(f"{CONTRACTS}: no import contract has the services beside each other.")

    def with_new(found: re.Match[str]) -> str:
        between = "" if found[0].endswith("\n") else ", " if found[0].startswith('"') else " | "
        return found[0] + between + found[0].replace(known, module)

    return re.sub(rf'^ +"{known}",\n|"{known}"|(?<=\| ){known}\b', with_new, text, flags=re.MULTILINE)


if __name__ == "__main__":
    sys.exit(main())
