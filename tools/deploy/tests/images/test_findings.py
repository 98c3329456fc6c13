"""ECR's findings, read in both of their formats (basic and enhanced scanning) with what is needed to fix them."""

from __future__ import annotations

from jobdeploy.images.findings import not_looked_into, read_findings
from jobdeploy.scan.exceptions import Severity

PLACE = "jobs/main-job@sha256:1"


def test_a_basic_finding_names_package_version_advisory_and_address() -> None:
    page = {
        "imageScanFindings": {
            "findings": [
                {
                    "name": "CVE-2026-0001",
                    "description": "Reads what\nit should not.",
                    "uri": "https://security-tracker.debian.org/tracker/CVE-2026-0001",
                    "severity": "HIGH",
                    "attributes": [
                        {"key": "package_version", "value": "1.2-3"},
                        {"key": "package_name", "value": "libexample1"},
                    ],
                },
                {"name": "CVE-2026-0002", "severity": "UNDEFINED"},
            ]
        }
    }

    first, second = read_findings(page, PLACE)

    assert (first.id, first.severity, first.subject, first.path) == (
        "CVE-2026-0001",
        Severity.HIGH,
        "libexample1",
        PLACE,
    )
    assert first.message == "libexample1 1.2-3: Reads what it should not."
    assert first.advice == "no fixed version is named; https://security-tracker.debian.org/tracker/CVE-2026-0001"
    assert second.severity is Severity.UNRATED


def test_an_enhanced_finding_says_in_which_version_it_is_fixed() -> None:
    page = {
        "imageScanFindings": {
            "enhancedFindings": [
                {
                    "severity": "CRITICAL",
                    "status": "ACTIVE",
                    "title": "CVE-2026-0003 - openssl",
                    "packageVulnerabilityDetails": {
                        "vulnerabilityId": "CVE-2026-0003",
                        "relatedVulnerabilities": ["GHSA-xxxx"],
                        "sourceUrl": "https://nvd.nist.gov/vuln/detail/CVE-2026-0003",
                        "vulnerablePackages": [
                            {"name": "libssl3", "version": "3.0.1", "fixedInVersion": "3.0.2"},
                            {"name": "openssl", "version": "3.0.1", "fixedInVersion": "NotAvailable"},
                        ],
                    },
                },
                {"severity": "CRITICAL", "status": "SUPPRESSED", "packageVulnerabilityDetails": {}},
            ]
        }
    }

    (found,) = read_findings(page, PLACE)

    assert (found.id, found.aliases, found.subject) == ("CVE-2026-0003", ("GHSA-xxxx",), "libssl3")
    assert "libssl3 3.0.1, openssl 3.0.1" in found.message
    assert found.advice.startswith("fixed in 3.0.2; https://")


def test_an_image_that_cannot_be_looked_into_is_worse_than_any_threshold() -> None:
    assert not_looked_into(PLACE, "unsupported").severity is Severity.UNRATED
