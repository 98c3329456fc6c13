"""Checks of the docs: `python -m devkit.pages` checks, with `--write` it writes generated files anew.

Generated files (pages, Grafana's dashboard) equal what the code says now; relative links in every Markdown file lead to a file, and their `#heading`
to a heading.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from background_job.settings import BackgroundJobSettings
from devkit.dashboards import dashboard_page
from devkit.terraform_page import page as terraform_page
from jobctl.checkout import REPOSITORY
from jobqueue.service import GROUPS, JOB_LOG_GROUPS
from jobqueue.settings import rows
from jobqueue.telemetry.reference import page as telemetry_page
from main_job.settings import MainJobSettings

DOCS = REPOSITORY / "docs"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def settings_page() -> str:
    """docs/reference/settings.md."""
    introduction = (
        "Read from the environment once, at start; impossible combinations are refused by name. `main-job --help` and "
        "`background-job --help` show the same. Telemetry: the standard `OTEL_*` variables; nothing is exported without "
        "`OTEL_EXPORTER_OTLP_ENDPOINT`. This page is generated: `nox -s fix`.\n"
    )
    parts = ["# Settings\n", introduction]
    sections = [
        ("main-job", (MainJobSettings,)),
        ("background-job", (BackgroundJobSettings, *JOB_LOG_GROUPS)),
        ("Both", GROUPS),
    ]
    for title, groups in sections:
        parts += [f"## {title}\n", "| Variable | Default | What it is |", "|---|---|---|"]
        parts += [f"| `{name}` | {default} | {explained} |" for name, default, explained in rows(groups)]
        parts.append("")
    return "\n".join(parts)


GENERATED: dict[str, Callable[[], str]] = {
    "docs/reference/settings.md": settings_page,
    "docs/reference/telemetry.md": telemetry_page,
    "docs/reference/terraform.md": terraform_page,
    "grafana/dashboards/jobs.json": dashboard_page,
}


def stale() -> Iterator[str]:
    """Generated files that differ from what the code says."""
    for name, page in GENERATED.items():
        path = REPOSITORY / name
        if not path.is_file() or path.read_text() != page():
            yield f"{name} is not what the code says: run `nox -s fix`"


def unread_fences(files: list[Path]) -> Iterator[str]:
    """Fences that the site takes for text, with all that follows them: they say more than a language."""
    for file in files:
        for line in re.findall(r"^```\w+ .*$", file.read_text(), re.MULTILINE):
            yield f"{file.relative_to(REPOSITORY)}: {line}: more than a language; put it into a comment above"


def broken_links(files: list[Path]) -> Iterator[str]:
    """Relative links that lead nowhere."""
    for file in files:
        for target in LINK.findall(FENCE.sub("", file.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, heading = target.partition("#")
            path = (file.parent / name).resolve() if name else file
            if DOCS in file.parents and DOCS not in path.parents:
                yield f"{file.relative_to(REPOSITORY)}: {target} leaves docs/, and the site: name the file in backticks instead"
            elif not path.exists():
                yield f"{file.relative_to(REPOSITORY)}: {target} leads nowhere"
            elif heading and path.suffix == ".md" and heading not in headings(path.read_text()):
                yield f"{file.relative_to(REPOSITORY)}: no heading #{heading} in {path.relative_to(REPOSITORY)}"


def headings(text: str) -> set[str]:
    """The anchors of a Markdown text, made as GitHub makes them."""
    lines = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def main(arguments: list[str]) -> int:
    """Check, or write with `--write`. Returns exit code 1 where a check fails."""
    if arguments == ["--write"]:
        for name, page in GENERATED.items():
            (REPOSITORY / name).write_text(page())
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    files = [REPOSITORY / name for name in tracked]
    faults = [*stale(), *broken_links(files), *unread_fences(files)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(GENERATED)} generated files, {len(tracked)} Markdown files: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
