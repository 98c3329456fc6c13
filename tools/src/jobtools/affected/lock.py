"""What does uv.lock install for a package, and how do two locks differ in that? Pure: text in, values out."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Pinned:
    """One locked distribution, as far as it changes what is installed."""

    version: str
    fingerprint: str
    """Its source, the hashes of its files, and what it needs under which markers."""


class Lock:
    """A uv.lock that was read. What another uv writes differently without another meaning (sizes, times) is left out."""

    def __init__(self, text: str) -> None:
        self._packages: dict[str, list[Entry]] = {}
        for entry in tomllib.loads(text).get("package", []):
            self._packages.setdefault(entry["name"], []).append(entry)

    def closure(self, name: str, groups: Sequence[str] = ()) -> dict[str, set[Pinned]]:
        """Everything installed for a package, itself included, by name; several versions where markers divide them.

        With `groups`, these of its dependency groups instead of its own dependencies. A workspace member counts by what it needs, not by
        its version: its folder says whether it changed.
        """
        found: dict[str, set[Pinned]] = {}
        seen: set[tuple[str, str]] = set()
        waiting: list[tuple[Entry, str]] = []
        for entry in self._packages.get(name, []):
            if groups:
                waiting += self._targets(
                    edge for group in groups for edge in entry.get("dev-dependencies", {}).get(group, [])
                )
            else:
                waiting.append((entry, ""))
        while waiting:
            entry, extra = waiting.pop()
            key = (json.dumps([entry["name"], entry.get("version"), entry.get("source")]), extra)
            if key in seen:
                continue
            seen.add(key)
            edges = entry.get("optional-dependencies", {}).get(extra, []) if extra else entry.get("dependencies", [])
            found.setdefault(entry["name"], set()).add(_pinned(entry, edges))
            waiting += self._targets(iter(edges))
        return found

    def _targets(self, edges: Iterator[Entry]) -> Iterator[tuple[Entry, str]]:
        for edge in edges:
            for entry in self._packages.get(edge["name"], []):
                if all(edge[key] == entry.get(key) for key in ("version", "source") if key in edge):
                    yield entry, ""
                    for extra in edge.get("extra", []):
                        yield entry, extra


def _pinned(entry: Entry, edges: Sequence[Entry]) -> Pinned:
    source = entry.get("source", {})
    member = any(kind in source for kind in ("editable", "virtual", "directory"))
    files = [*entry.get("wheels", []), *([entry["sdist"]] if "sdist" in entry else [])]
    hashes = sorted(file.get("hash", file.get("url", "")) for file in files)
    wanted = sorted(json.dumps(edge, sort_keys=True) for edge in edges)
    version = "" if member else entry.get("version", "")
    return Pinned(version, json.dumps([source, hashes, wanted], sort_keys=True))


def moved(before: Mapping[str, set[Pinned]], after: Mapping[str, set[Pinned]]) -> list[str]:
    """What differs between two closures, one line each: `boto3 1.40.1 -> 1.41.0`; sorted by name."""
    lines = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, set()), after.get(name, set())
        if old == new:
            continue
        was, now = (", ".join(sorted({pinned.version for pinned in pins if pinned.version})) for pins in (old, new))
        if was != now:
            lines.append(f"{name} {was or 'not installed'} -> {now or 'not installed'}")
        else:
            lines.append(f"{name} {now} (other files or conditions)".replace("  ", " "))
    return lines
