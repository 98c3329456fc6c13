"""Grafana's dashboard has every panel of the table, under the names that Terraform makes, and is what is checked in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from devkit.dashboards import dashboard_page, read_table
from devkit.dashboards.defaults import read_defaults
from devkit.dashboards.targets import _letters
from jobctl.checkout import REPOSITORY, TERRAFORM

NAMES = (REPOSITORY / TERRAFORM / "stack" / "tests" / "stack.tftest.hcl").read_text(encoding="utf-8")
"""What the stack's own test expects its names to be, for the project's own name and dev."""


@cache
def page() -> str:
    return dashboard_page()


@cache
def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page())
    return found


def rows_and_panels() -> list[dict[str, Any]]:
    return [one for panel in dashboard()["panels"] for one in (panel, *panel.get("panels", []))]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in rows_and_panels() if panel["type"] != "row"]


def test_the_file_is_what_the_code_says() -> None:
    assert (REPOSITORY / "grafana" / "dashboards" / "jobs.json").read_text(encoding="utf-8") == page()


def test_every_panel_of_the_table_is_there_in_its_order_and_traces_beside() -> None:
    wanted = [f"{panel.title}. {panel.asks}" for section in read_table() for panel in section.panels]
    titles = list(
        dict.fromkeys(panel["title"] for panel in panels())
    )  # a panel of job logs is there for each service that has them
    assert titles == [*wanted, "Failed traces. Where did it go wrong?"]


def test_ids_are_unique_and_no_panel_lies_on_another() -> None:
    assert sorted(panel["id"] for panel in rows_and_panels()) == list(range(1, len(rows_and_panels()) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in rows_and_panels():
        grid = panel["gridPos"]
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_a_person_chooses_project_environment_region_and_service() -> None:
    variables = {one["name"]: one for one in dashboard()["templating"]["list"]}
    assert {"project", "environment", "region", "service"} <= variables.keys()
    chosen = {name: one["current"]["value"] for name, one in variables.items() if "current" in one}
    assert chosen == {
        "project": "message-driven-microservices", "environment": "dev", "region": "us-east-1", "service": "main-job-triggers",
    }  # fmt: skip
    assert not any(one["multi"] for one in variables.values())


def test_every_variable_that_a_query_names_is_there() -> None:
    used = set(re.findall(r"\$\{?(\w+)(?::\w+)?\}?", " ".join(texts(dashboard()["panels"])))) - {"PROP"}
    assert used == {one["name"] for one in dashboard()["templating"]["list"]}
    assert not re.search(r"(?<!\$)\{[a-z_]+\}", page())


SERVICES = read_defaults().services
TESTED = [(name, one.receives) for name, one in SERVICES.items() if f"-{name}-service" in NAMES]
"""The stack's test is about the services that the project comes with."""
FURTHER = [
    word for name, one in SERVICES.items() if (name, one.receives) not in TESTED for word in (name, one.receives)
]


@pytest.mark.parametrize(("service", "queue"), TESTED)
def test_names_are_those_that_terraform_makes(service: str, queue: str) -> None:
    values = {"project": "message-driven-microservices", "environment": "dev", "region": "us-east-1"}
    values |= {"service": queue, "service:text": service}
    named = set()
    for target in targets():
        for value in [*target.get("dimensions", {}).values(), *target.get("logGroupNames", [])]:
            if "${project}" in value:
                named.add(re.sub(r"\$\{([\w:]+)\}", lambda found: values[found[1]], value))
    insights = "/aws/ecs/containerinsights/message-driven-microservices-dev-cluster/performance"
    named.remove(insights)
    assert 'insights = "/aws/ecs/containerinsights/${local.name}-cluster/performance"' in (
        REPOSITORY / TERRAFORM / "stack" / "locals.tf"
    ).read_text(encoding="utf-8")
    assert len(named) >= 8
    of_further_services = {name for name in named for word in FURTHER if word in name}
    assert [name for name in named - of_further_services if f'"{name}"' not in NAMES] == []


def test_a_line_is_the_default_of_its_alarm_s_threshold() -> None:
    defaults = read_defaults().thresholds
    for section in read_table():
        for panel in section.panels:
            for made in (one for one in panels() if one["title"] == f"{panel.title}. {panel.asks}"):
                steps = made["fieldConfig"]["defaults"].get("thresholds", {"steps": []})["steps"]
                assert {step["value"] for step in steps} - {None} == {defaults[name] for name in panel.thresholds}


def test_what_an_expression_names_is_asked_for_and_not_drawn() -> None:
    (panel,) = (one for one in panels() if one["title"].startswith("Error rate"))
    hidden = {target["id"] for target in panel["targets"] if target.get("hide")}
    assert len(hidden) == 2 * len(read_defaults().services)
    for target in panel["targets"]:
        if expression := target.get("expression"):
            assert len(set(re.findall(r"\b(?:failed|received)_\w+", expression)) & hidden) == 2


def test_a_metric_asks_for_exactly_its_dimensions_in_the_chosen_region() -> None:
    for target in targets():
        assert target["region"] == "$region"
        if "metricName" in target:
            assert target["matchExact"]
            assert target["statistic"]


def test_what_scans_logs_or_traces_waits_until_its_row_is_opened() -> None:
    shown = [panel for panel in dashboard()["panels"] if panel["type"] != "row"]
    closed = [row for row in dashboard()["panels"] if row.get("collapsed")]
    assert [row["title"] for row in closed] == ["Job types", "Containers", "Events", "Traces"]
    assert {panel["type"] for panel in shown} == {"timeseries"}
    assert {panel["type"] for row in closed for panel in row["panels"]} == {"table"}


def test_alarms_that_changed_their_state_are_marked() -> None:
    (marks,) = dashboard()["annotations"]["list"]
    assert (marks["target"]["alarmNamePrefix"], marks["target"]["prefixMatching"]) == (
        "${project}-${environment}-",
        True,
    )


def test_targets_are_named_as_grafana_names_them() -> None:
    assert [_letters(number) for number in (0, 25, 26, 52)] == ["A", "Z", "AA", "BA"]


def targets() -> Iterator[dict[str, Any]]:
    for panel in panels():
        yield from panel["targets"]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)
