"""Paths in the checkout that these packages are run from."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]
"""In a package that was installed from a wheel this leads nowhere, and nothing there needs it."""
TERRAFORM = Path("infra/terraform")
STACK = "stack"
