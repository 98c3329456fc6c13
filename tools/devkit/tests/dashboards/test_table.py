"""The table of panels is complete: every panel asks something, in sections that people look for, and each line is its alarm's own threshold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devkit.dashboards import Panel, read_queries, read_table
from devkit.dashboards.defaults import read_defaults
from devkit.dashboards.table import VIEWS
from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.terraform_files import read_file, read_local

WORKER = REPOSITORY / TERRAFORM / "modules" / "worker"
STATISTICS = re.compile(r"Average|Maximum|Minimum|Sum|p\d{2}")
NO_LINE = {"error_rate_min_failures", "job_records_unwritten", "job_events_unsent"}
"""Is in the error rate's expression; is of six series together, which only a stack with job records has."""
PANELS = [panel for section in read_table() for panel in section.panels]


def test_the_first_row_says_whether_it_is_healthy_keeps_up_and_has_dead_letters() -> None:
    first = read_table()[0]
    assert first.each == "stack"
    assert [panel.asks for panel in first.panels] == ["Is it healthy?", "Is it keeping up?", "Is anything dead?"]


def test_then_come_queues_services_job_types_tasks_with_collectors_and_deployments() -> None:
    titles = [section.title for section in read_table()]
    assert titles == [
        "Now", "Queue", "Service", "Job types", "Task and collector", "Containers", "Deployments", "Events",
    ]  # fmt: skip


def test_every_panel_has_a_title_of_its_own_a_question_and_a_unit_or_a_query() -> None:
    assert len({panel.title for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel.asks.endswith("?"), panel.title
        assert bool(panel.unit) == (not panel.query), panel.title
        assert panel.query in {"", *read_queries()}, panel.title


def test_every_series_has_a_statistic_and_every_id_is_in_an_expression() -> None:
    for panel in PANELS:
        expressions = " ".join(one.expression for one in panel.series)
        for one in panel.series:
            assert bool(one.expression) != bool(STATISTICS.fullmatch(one.stat)), panel.title
            assert bool(one.label) != bool(one.id or one.by), panel.title
            assert one.id in expressions, panel.title


def test_every_threshold_is_a_line_somewhere() -> None:
    drawn = {name for panel in PANELS for name in panel.thresholds}
    assert drawn == read_defaults().thresholds.keys() - NO_LINE


@pytest.mark.parametrize("panel", [panel for panel in PANELS if panel.thresholds], ids=lambda panel: panel.title)
def test_a_line_is_drawn_over_the_metric_and_the_period_of_its_alarm(panel: Panel) -> None:
    """A sum over one minute under a threshold for five would never reach it; any other statistic means the same in both."""
    for name in panel.thresholds:
        metrics, period, sums = alarm_of(name)
        assert metrics & {one.metric for one in panel.series}, name
        if sums:
            assert panel.period == period, name


def alarm_of(threshold: str) -> tuple[set[str], int, bool]:
    """The metrics of the alarm that has this threshold, its period in seconds, whether it is of sums."""
    for file in ("alarms.tf", "alarms_math.tf"):
        for block in re.split(r"(?=says\s+=)", (WORKER / file).read_text(encoding="utf-8"))[1:]:
            if re.search(rf"threshold\s+= var\.thresholds\.{threshold}\b", block):
                metrics = {
                    found.replace("${var.service}", "{service}") for found in re.findall(r'metric = "([^"]+)"', block)
                }
                return metrics, int(re.findall(r"period = (\d+)", block)[0]), 'statistic = "Sum"' in block
    raise AssertionError(f"no alarm has {threshold}")


def test_what_is_in_braces_is_put_in_by_both_dashboards() -> None:
    asked = set(re.findall(r"(?<!\$)\{([a-z_]+)\}", "\n".join(map(repr, read_table())).replace("{any}", "")))
    filled = read_local(read_file(VIEWS / "dashboard.tf"), "fillings")
    known = set(re.findall(r"(\w+) = ", filled)) | read_defaults().thresholds.keys()
    assert asked <= known


def test_a_panel_of_two_kinds_and_a_section_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "panels.yaml").write_text(
        "[{section: s, each: stack, panels: [{title: t, asks: 'a?', query: q, series: []}]}]"
    )
    with pytest.raises(ValueError, match="a panel has series, a search or a query"):
        read_table(tmp_path)
    (tmp_path / "panels.yaml").write_text("[{section: s, each: week, panels: []}]")
    with pytest.raises(ValueError, match="s: each is 'week'"):
        read_table(tmp_path)


def test_defaults_are_those_of_terraform_s_variables() -> None:
    defaults = read_defaults()
    assert (defaults.project, defaults.region) == ("message-driven-microservices", "us-east-1")
    assert {"dev", "prod"} <= set(defaults.environments)
    assert (defaults.thresholds["queue_depth"], defaults.services["main-job"].receives) == (50, "main-job-triggers")
