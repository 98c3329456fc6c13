"""The step `gate`: an image may be deployed when the scan of that very digest passes `scan.toml`.

Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from jobctl.errors import CommandError, UsageError
from jobdeploy.images.findings import SCANNER
from jobdeploy.images.scanning import Scans
from jobdeploy.scan.exceptions import ExceptionsError, Judgement, read_exceptions

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from jobdeploy.scan.exceptions import Finding
    from jobdeploy.target import DeployTarget

LIMIT_SECONDS = 600.0
"""For one image; a basic scan takes seconds to a few minutes."""


class ImageRefusedError(CommandError):
    """A scan found something that must not be deployed."""


def gate(
    target: DeployTarget,
    images: Mapping[str, Any],
    stop: StopSignals,
    progress: Progress,
    *,
    without_scan: bool = False,
    limit_seconds: float = LIMIT_SECONDS,
    today: date | None = None,
) -> None:
    """Return when every image passes. `images`: the stack's variables, as `push` gives them. `without_scan`: only warn, and return.

    Raises:
        ImageRefusedError: package, advisory, severity and the version that mends it, for each finding at or above the threshold.
        CommandError: a scan failed or did not come, which is no pass; an image is not in ECR; scan.toml cannot be used.
        Stopped: somebody asked us to end.
    """
    if without_scan:
        progress.say(f"\n!! NOT SCANNED, as asked (--without-scan): {', '.join(_digests(images).values())}\n")
        return
    try:
        exceptions = read_exceptions(target.repository)
    except ExceptionsError as error:
        raise UsageError(str(error), "Mend scan.toml.") from error
    scans = Scans(target.clients("ecr"), stop, limit_seconds)
    found: list[Finding] = []
    for name, reference in _digests(images).items():
        stop.check()
        with progress.step(f"scan of {name}") as notes:
            here = _look(scans, reference)
            found += here
            notes.append(f"{len(here)} findings")
    verdict = exceptions.judge(SCANNER, found, today or datetime.now(UTC).date())
    for ignore in verdict.unused:  # no reason not to deploy: the scanner's data changes from day to day
        progress.say(f"scan.toml: nothing needs this any more: {ignore}")
    for finding, ignore in verdict.ignored:
        progress.say(f"let pass until {ignore.expires}: {finding.id} in {finding.place}: {ignore.reason}")
    if verdict.fatal or verdict.expired:
        raise ImageRefusedError(
            "\n".join(["The registry's scan found what scan.toml does not let pass:", *told(verdict)]),
            "Update the package (uv lock --upgrade-package NAME) or the public image (docker/Dockerfile), and push again. Nothing was deployed.",
        )


def told(verdict: Judgement) -> Iterator[str]:
    """Lines of the findings, the worst first."""
    for finding in sorted(verdict.fatal, key=lambda one: (-one.severity, one.id)):
        yield f"  {finding.severity.word:<8} {finding.id}  {finding.message}"
        yield f"           {finding.advice}"
        yield f"           {finding.place}"
    for ignore in verdict.expired:
        yield f"  expired on {ignore.expires}: {ignore}; the reason was: {ignore.reason}"


def _digests(images: Mapping[str, Any]) -> dict[str, str]:
    """Every image once, by a name that people can read."""
    flat = {name: value for name, value in images.items() if isinstance(value, str)} | dict(images.get("service_images", {}))  # fmt: skip
    return {name.removesuffix("_image").replace("_", "-"): reference for name, reference in flat.items()}


def _look(scans: Scans, reference: str) -> list[Finding]:
    from botocore.exceptions import ClientError

    address, _, digest = reference.partition("@")
    repository = address.partition("/")[2]
    try:
        return [one for part in scans.parts(repository, digest) for one in scans.findings(repository, part)]
    except ClientError as error:
        if error.response["Error"]["Code"] != "RepositoryNotFoundException":
            raise
        raise CommandError(
            f"ECR has no repository for {repository}@{digest}.",
            "The bootstrap makes it: nox -s deploy, or infra/terraform/bootstrap by hand.",
        ) from error
