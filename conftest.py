"""What every test of every package starts from."""

import functools
import signal
from collections.abc import Generator
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow what runs whole services, and what uses a fixture that tests share: a server, as a rule. The rest is marked where it stands."""
    for item in items:
        if TOGETHER in item.path.parents or any(_shared(item)):
            item.add_marker(pytest.mark.slow)


def _shared(item: pytest.Item) -> list[pytest.FixtureDef[object]]:
    fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]  # noqa: SLF001
    return [one for (*_, one) in fixtures.values() if one.scope != "function" and one.baseid]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Half a surrogate pair in what a test printed or logged would end the worker of xdist that ran it."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report
