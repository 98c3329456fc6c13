"""The parameter that describes a stack."""

from __future__ import annotations

import json

import pytest

from jobqueue.client import JobClientError
from jobqueue.client.stack import read_stack


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "services": {}}'])
def test_a_parameter_that_describes_no_stack_is_told(text: str) -> None:
    with pytest.raises(JobClientError, match="/shop/dev/stack does not describe a stack"):
        read_stack("shop", "dev", text)


def test_a_newer_format_asks_for_a_newer_program() -> None:
    with pytest.raises(JobClientError, match="has format 2"):
        read_stack("shop", "dev", json.dumps({"format": 2}))
