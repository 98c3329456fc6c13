"""What does `scan.toml` say? Reads it whole or refuses it with every fault at once. Layer: tools; it never judges a finding."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jobtools.scan.finding import Severity
from jobtools.scan.thresholds import SCANNERS, Ignore

FILE = "scan.toml"
_KEYS = ("id", "scanner", "where", "reason")
_LEVELS = {severity.word: severity for severity in Severity if severity is not Severity.UNRATED}


class PolicyInvalid(ValueError):  # noqa: N818 (says what is wrong)
    """`scan.toml` cannot be used; the message has a line for each fault."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds for every scanner, and the ignores."""

    thresholds: Mapping[str, Severity]
    ignores: tuple[Ignore, ...]

    def ignores_of(self, *scanners: str) -> tuple[Ignore, ...]:
        """Only these scanners' ignores: deploy asks for those of `image`."""
        return tuple(ignore for ignore in self.ignores if ignore.scanner in scanners)


def read_policy(root: Path) -> Policy:
    """Of the repository at `root`. Raises PolicyInvalid, also when there is no file: nobody passes by deleting it."""
    path = root / FILE
    try:
        with path.open("rb") as file:
            written = tomllib.load(file)
    except FileNotFoundError:
        raise PolicyInvalid(f"{FILE}: not there; it has the thresholds of {', '.join(SCANNERS)}") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyInvalid(f"{FILE}: {error}") from None
    return parse_policy(written)


def parse_policy(written: Mapping[str, Any]) -> Policy:
    """Raises PolicyInvalid with all faults."""
    faults = [f"{FILE}: no such table: {name}" for name in written if name not in ("fail-at", "ignore")]
    thresholds = _thresholds(written.get("fail-at", {}), faults)
    entries = written.get("ignore", [])
    read = [_ignore(entry, f"{FILE}, ignore {number}", faults) for number, entry in enumerate(entries, start=1)]
    if faults:
        raise PolicyInvalid("\n".join(faults))
    return Policy(thresholds, tuple(ignore for ignore in read if ignore))


def _thresholds(written: Mapping[str, Any], faults: list[str]) -> dict[str, Severity]:
    faults += [f"{FILE}, fail-at: no such scanner: {name}" for name in written if name not in SCANNERS]
    faults += [f"{FILE}, fail-at: {name} has no threshold" for name in SCANNERS if name not in written]
    faults += [
        f"{FILE}, fail-at: {name} = {level!r} is none of {', '.join(_LEVELS)}"
        for name, level in written.items()
        if level not in _LEVELS
    ]
    return {name: _LEVELS[level] for name, level in written.items() if level in _LEVELS}


def _ignore(entry: Mapping[str, Any], place: str, faults: list[str]) -> Ignore | None:
    place = f"{place} ({entry.get('id', 'no id')})"
    wrong = [f"{place}: no such key: {key}" for key in entry if key not in (*_KEYS, "expires")]
    for key in _KEYS:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            wrong.append(f"{place}: has no {key}")
    if entry.get("scanner") and entry["scanner"] not in SCANNERS:
        wrong.append(f"{place}: no such scanner: {entry['scanner']}")
    expires = entry.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        wrong.append(f"{place}: has no expires = YYYY-MM-DD (a date without quotes)")
    faults += wrong
    return None if wrong else Ignore(**entry)
