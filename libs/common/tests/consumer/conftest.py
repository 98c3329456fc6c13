"""What makes the tests of the consumer quick."""

from collections.abc import Iterator

import pytest

from jobqueue.consumer import settler


@pytest.fixture(scope="session", autouse=True)
def nothing_gathers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settler, "GATHER_SECONDS", 0.0)
        yield
