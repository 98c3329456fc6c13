"""What makes the tests of the consumer quick."""

import pytest

from jobqueue.consumer import settler


@pytest.fixture(autouse=True)
def nothing_gathers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settler, "GATHER_SECONDS", 0.0)
