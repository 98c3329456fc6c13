"""Which packages of uv.lock have a known vulnerability? `uv audit`, which asks OSV (https://osv.dev) for each locked version.

Layer: tools. It counts the packages that were asked about, and first asks for a vulnerability that is known since 2019: a database that
cannot be reached, is not asked about everything or knows nothing has not been looked into, whatever its answer says.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from jobtools.scan.files import count
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.tools import answer, python_tool

NAME = "dependencies"
DATABASE = "https://api.osv.dev/"
_KNOWN = ("jinja2", "2.10")
"""CVE-2019-10906: https://osv.dev/vulnerability/GHSA-462w-v97r-4m45"""
_PROBE = {
    "pyproject.toml": """\
[project]
name = "probe"
version = "0"
requires-python = ">=3.11"
dependencies = ["{0}=={1}"]
[tool.uv]
package = false
""",
    "uv.lock": """\
version = 1
requires-python = ">=3.11"
[[package]]
name = "probe"
version = "0"
source = {{ virtual = "." }}
dependencies = [{{ name = "{0}" }}]
[package.metadata]
requires-dist = [{{ name = "{0}", specifier = "=={1}" }}]
[[package]]
name = "{0}"
version = "{1}"
source = {{ registry = "https://pypi.org/simple" }}
""",
}
_ANSWER = (
    "That is no pass. Is the network there, and does HTTPS_PROXY say where the proxy is? "
    "`--offline` runs what needs no database."
)


def audit(root: Path, database: str = DATABASE) -> Look:
    """All packages of all groups and extras, for every platform and Python that the lock is for. Raises CouldNotLook."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _PROBE.items():
            (Path(folder) / name).write_text(text.format(*_KNOWN))
        if not _ask(Path(folder), database)["vulnerabilities"]:
            raise CouldNotLook(f"{database} knows nothing about {' '.join(_KNOWN)}, vulnerable since 2019. {_ANSWER}")
    lock = root / "uv.lock"
    if not lock.is_file():
        raise CouldNotLook("there is no uv.lock")
    text = lock.read_text()
    locked = [package for package in tomllib.loads(text)["package"] if not _ours(package["source"])]
    said = _ask(root, database)
    audited = said["summary"]["audited_packages"]
    if audited != len(locked):
        raise CouldNotLook(f"uv.lock has {count(locked, 'package')}, but {audited} were asked about. {_ANSWER}")
    vulnerable = tuple(_vulnerable(entry, text) for entry in said["vulnerabilities"])
    return Look(f"{count(locked, 'package')} of uv.lock", vulnerable + tuple(map(_adverse, said["adverse_statuses"])))


def _ask(folder: Path, database: str) -> Any:
    command = [
        *python_tool("uv", "uv"), "audit", "--frozen", "--preview-features=audit-command,json-output",
        "--output-format=json", f"--service-url={database}",
    ]  # fmt: skip
    try:
        return answer(command, folder)
    except CouldNotLook as error:
        raise CouldNotLook(f"the advisories of {database} could not be asked ({error}). {_ANSWER}") from None


def _ours(source: dict[str, str]) -> bool:
    """A package of this repository: no advisory is about it."""
    return bool(source.keys() & {"editable", "virtual", "directory"})


def _vulnerable(entry: dict[str, Any], lock: str) -> Finding:
    name, version = entry["dependency"]["name"], entry["dependency"]["version"]
    fixes = entry.get("fix_versions") or []
    advice = f"uv lock --upgrade-package {name}; fixed in {', '.join(fixes)}" if fixes else "no version has a fix yet"
    return Finding(
        NAME, entry["id"], Severity.UNRATED, "uv.lock", _line(lock, name, version),
        f"{name} {version}: {entry.get('summary') or entry.get('display_id')}",
        f"{advice} (https://osv.dev/vulnerability/{entry['id']})", name,
        tuple({entry.get("display_id") or entry["id"], *(entry.get("aliases") or [])}),
    )  # fmt: skip


def _adverse(entry: dict[str, Any]) -> Finding:
    """The index says of a whole project that it is quarantined, deprecated or archived."""
    name = str(entry.get("name", ""))
    status = str(entry.get("status", "adverse status"))
    advice = f"look at it on its index and replace it {entry.get('reason') or ''}".strip()
    return Finding(NAME, status, Severity.UNRATED, "uv.lock", 0, f"{name}: {status}", advice, name)


def _line(lock: str, name: str, version: str) -> int:
    found = re.search(rf'^name = "{re.escape(name)}"\nversion = "{re.escape(version)}"$', lock, re.MULTILINE)
    return lock.count("\n", 0, found.start()) + 1 if found else 0


SCANNER = Scanner(NAME, "uv audit", "known vulnerabilities of every package in uv.lock", audit, needs_network=True)
