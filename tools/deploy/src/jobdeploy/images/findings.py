"""Findings of ECR's scans, read from one page of DescribeImageScanFindings into the findings of `scan.toml`.

Basic scanning answers `findings`, enhanced scanning (Amazon Inspector) `enhancedFindings`; a registry has one of the two.
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobdeploy.scan.exceptions import Finding, Severity

SCANNER = "image"
UNSUPPORTED = "UNSUPPORTED_IMAGE"
"""The scanner knows no package of this image: for an image FROM scratch that is so for good, and only a dated ignore in scan.toml lets it pass."""
_LEVELS = {
    "INFORMATIONAL": Severity.INFO,
    "LOW": Severity.LOW,
    "MEDIUM": Severity.MEDIUM,
    "HIGH": Severity.HIGH,
    "CRITICAL": Severity.CRITICAL,
}
"""UNDEFINED and UNTRIAGED are Severity.UNRATED: nobody has said how bad it is."""


def read_findings(page: Mapping[str, Any], place: str) -> Iterator[Finding]:
    """`place`: repository@digest."""
    found = page.get("imageScanFindings", {})
    for one in found.get("findings", ()):
        yield _basic(one, place)
    for one in found.get("enhancedFindings", ()):
        if one.get("status", "ACTIVE") == "ACTIVE":  # SUPPRESSED and CLOSED were decided in Inspector
            yield _enhanced(one, place)


def not_looked_into(place: str, description: str) -> Finding:
    """A finding that says that the scanner could not read the image, which is no pass."""
    return Finding(
        SCANNER, UNSUPPORTED, place, 0, f"the registry's scanner cannot look into it: {description}",
        "Enhanced scanning (Amazon Inspector) looks into more images; else decide, and date it: an [[ignore]] in scan.toml.",
    )  # fmt: skip


def _basic(one: Mapping[str, Any], place: str) -> Finding:
    said = {each["key"]: each.get("value", "") for each in one.get("attributes", ())}
    package, version = said.get("package_name", ""), said.get("package_version", "")
    fixed = said.get("patched_version") or said.get("fixed_version", "")
    return Finding(
        scanner=SCANNER,
        id=one.get("name", ""),
        severity=_LEVELS.get(one.get("severity", ""), Severity.UNRATED),
        path=place,
        line=0,
        message=f"{package} {version}: {_line(one.get('description', ''))}".rstrip(": "),
        advice=_advice(fixed, one.get("uri", "")),
        subject=package,
    )


def _enhanced(one: Mapping[str, Any], place: str) -> Finding:
    known = one.get("packageVulnerabilityDetails", {})
    packages = known.get("vulnerablePackages") or [{}]
    first = packages[0]
    # NotAvailable is Inspector's word for "none yet".
    fixed = sorted({each["fixedInVersion"] for each in packages if each.get("fixedInVersion", "NotAvailable") != "NotAvailable"})  # fmt: skip
    named = ", ".join(f"{each.get('name', '')} {each.get('version', '')}" for each in packages).strip()
    return Finding(
        scanner=SCANNER,
        id=known.get("vulnerabilityId") or one.get("findingArn", ""),
        severity=_LEVELS.get(one.get("severity", ""), Severity.UNRATED),
        path=place,
        line=0,
        message=f"{named}: {_line(one.get('title') or one.get('description', ''))}".strip(": "),
        advice=_advice(", ".join(fixed), known.get("sourceUrl", "")),
        subject=first.get("name", ""),
        aliases=tuple(known.get("relatedVulnerabilities", ())),
    )


def _advice(fixed: str, address: str) -> str:
    return f"{f'fixed in {fixed}' if fixed else 'no fixed version is named'}; {address}".removesuffix("; ")


def _line(text: str) -> str:
    return " ".join(text.split())[:160]
