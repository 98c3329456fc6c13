"""The fast AWS, once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localaws.fast_aws import FastAws


@pytest.fixture(scope="session")
def fast_aws_endpoint() -> Iterator[str]:
    with FastAws() as fast_aws:
        yield fast_aws.endpoint
