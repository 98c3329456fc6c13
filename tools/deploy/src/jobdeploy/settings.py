"""Settings of a fork, read from `deploy.toml`: project, Region, and the accounts that each environment may go to."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "deploy.toml"
_KNOWN = {"project", "region", "accounts"}
# As the variables of infra/terraform/{bootstrap,stack} have them: checked here before anything is asked of AWS.
_PROJECT = re.compile(r"[a-z][a-z0-9-]{0,26}[a-z0-9]")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{1,9}")
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class Settings:
    """`deploy.toml`, checked."""

    project: str
    region: str
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Environment to the accounts that it may be deployed to. An environment without any: a person is asked, `--yes` is refused."""


def read_settings(repository: Path) -> Settings:
    """Reads the file.

    Raises:
        UsageError: it is not there, or something in it is wrong; the text names the line's key.
    """
    file = repository / FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{file} is not there.", "write project, region and [accounts] into it, as docs/howto/deploy.md says"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"is not TOML: {error}") from error
    if unknown := values.keys() - _KNOWN:
        raise _wrong(f"has unknown keys: {', '.join(sorted(unknown))}")
    accounts = values.get("accounts", {})
    if not isinstance(accounts, dict):
        raise _wrong("accounts must be a table: environment = [accounts]")
    return Settings(
        _matching("project", values.get("project"), _PROJECT, "2 to 28 lower-case letters, digits and hyphens"),
        _matching("region", values.get("region"), _REGION, "a Region's code, like us-east-1"),
        {check_environment(name): _accounts(name, found) for name, found in accounts.items()},
    )


def check_environment(name: str) -> str:
    """The name itself, if Terraform would take it."""
    return _matching("environment", name, _ENVIRONMENT, "2 to 10 lower-case letters and digits")


def _accounts(environment: str, found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise _wrong(f'accounts.{environment} must be a list of accounts in quotes: ["123456789012"]')
    key = f"accounts.{environment}"
    return tuple(_matching(key, one, _ACCOUNT, "accounts of twelve digits, in quotes") for one in found)


def _matching(key: str, value: object, form: re.Pattern[str], described: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _wrong(f"{key} must be {described}, not {value!r}")
    return value


def _wrong(what: str) -> UsageError:
    return UsageError(f"{FILE}: {what}.", f"mend {FILE} at the repository's root")
