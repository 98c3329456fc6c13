"""What every test of every package starts from."""

import functools
import signal
from collections.abc import Generator
from itertools import islice
from pathlib import Path

import botocore.session
import pytest
from hypothesis import settings

# Before any test imports it, whichever is collected first.
pytest.register_assert_rewrite("jobqueue.testing.contract")

# A shell's background job ignores SIGINT, one of nohup SIGHUP, and every program it starts inherits that: so would those that the tests stop.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A deadline would measure how busy the machine is.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Every session of boto3 would read the same descriptions of AWS's services again: half of what a test of `jobctl` computes.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

# Suites and tables that tests of several packages take from it.
pytest.register_assert_rewrite("jobqueue.testing.contract")

TOGETHER = Path(__file__).parent / "tests"
WAITING = TOGETHER / "system"
"""What takes longest and waits most of the time, for leases, retries and stops."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks as slow what runs whole services, and what uses a fixture that tests share: a server, as a rule. The rest is marked where it stands."""
    if hasattr(config, "workerinput"):
        items[:] = _dealt(items, config.workerinput["workercount"])
    for item in items:
        if TOGETHER in item.path.parents or any(_shared(item)):
            item.add_marker(pytest.mark.slow)


def _dealt(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Half of the processes begin with what waits, while the others compute: xdist's `worksteal` gives each an equal part of the list at first."""
    waiting = [item for item in items if WAITING in item.path.parents]
    others = iter([item for item in items if WAITING not in item.path.parents])
    begin, dealt = max(1, processes // 2), []
    for process in range(begin):
        mine = waiting[len(waiting) * process // begin : len(waiting) * (process + 1) // begin]
        dealt += [*mine, *islice(others, max(0, len(items) // processes - len(mine)))]
    return [*dealt, *others]


def _shared(item: pytest.Item) -> list[pytest.FixtureDef[object]]:
    fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]  # noqa: SLF001
    return [one for (*_, one) in fixtures.values() if one.scope != "function" and one.baseid]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Half a surrogate pair in what a test printed or logged would end the worker of xdist that ran it."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report
