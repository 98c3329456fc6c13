"""The panels of the dashboards and the saved queries, read from the two files that Terraform reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml  # type: ignore[import-untyped]

from jobctl.checkout import REPOSITORY, TERRAFORM

VIEWS = REPOSITORY / TERRAFORM / "modules" / "views"
EACH = ("stack", "service", "logs")
PERIOD_SECONDS = 60
_COMMENT = re.compile(r"^#.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Series:
    """One metric, or an `expression` over the metrics that have an `id`. Texts are as in the table, with names in braces."""

    namespace: str = ""
    metric: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    stat: str = ""
    label: str = ""
    id: str = ""
    """If not empty, the series is not drawn, and an expression refers to it."""
    expression: str = ""
    by: str = ""
    """If not empty, there is a series for each value of this dimension."""


@dataclass(frozen=True)
class Panel:
    """One panel. `thresholds` are names of the worker module; `query` is a saved query's name, empty if there are series."""

    title: str
    asks: str
    unit: str
    period: int
    """Seconds between two points."""
    thresholds: tuple[str, ...]
    job_logs: bool
    series: tuple[Series, ...]
    query: str


@dataclass(frozen=True)
class Section:
    """A heading and its panels. `each`: made once for the stack, once for each service, or of log queries."""

    title: str
    each: Literal["stack", "service", "logs"]
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Query:
    """A saved query. `groups`: services, ecs, both or insights; `text` is without its comments."""

    name: str
    groups: str
    text: str


def read_table(folder: Path = VIEWS) -> tuple[Section, ...]:
    """All sections in their order.

    Raises:
        ValueError, KeyError, TypeError: the file is not of the form that its head describes.
    """
    return tuple(_section(one) for one in _read(folder / "panels.yaml"))


def read_queries(folder: Path = VIEWS) -> dict[str, Query]:
    """The saved queries by name."""
    told = _read(folder / "queries.yaml")
    return {name: Query(name, one["groups"], _COMMENT.sub("", one["query"]).strip()) for name, one in told.items()}


def _read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)  # ten times as fast as SafeLoader


def _section(told: Mapping[str, Any]) -> Section:
    if told["each"] not in EACH:
        raise ValueError(f"{told['section']}: each is {told['each']!r}; it is one of {', '.join(EACH)}")
    return Section(told["section"], told["each"], tuple(_panel(one) for one in told["panels"]))


def _panel(told: Mapping[str, Any]) -> Panel:
    kinds = told.keys() & {"series", "search", "query"}
    if len(kinds) != 1:
        raise ValueError(f"{told['title']}: a panel has series, a search or a query; this has {sorted(kinds)}")
    series = [told["search"]] if "search" in told else told.get("series", [])
    return Panel(
        title=told["title"],
        asks=told["asks"],
        unit=told.get("unit", ""),
        period=told.get("period", PERIOD_SECONDS),
        thresholds=tuple(told.get("thresholds", ())),
        job_logs=told.get("job_logs", False),
        series=tuple(Series(**one) for one in series),
        query=told.get("query", ""),
    )
