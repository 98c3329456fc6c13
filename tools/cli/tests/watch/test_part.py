"""What is due when, and what an error of AWS changes."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError

from jobctl.watch.part import MAX_PAUSE_SECONDS, Part


class Aws:
    """Answers, or cannot be reached."""

    def __init__(self) -> None:
        self.asked = 0
        self.up = True
        self.now = 100.0

    def read(self) -> int:
        self.asked += 1
        if not self.up:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
        return self.asked

    def part(self) -> Part[int]:
        return Part(self.read, 5.0, clock=lambda: self.now)


def test_an_error_says_what_is_next_keeps_the_value_and_waits_longer_each_time() -> None:
    aws = Aws()
    part = aws.part()
    part.read_if_due("shop-dev")
    aws.up = False
    pauses = []
    for _ in range(5):
        aws.now += 1000
        part.read_if_due("shop-dev")
        assert part.error is not None
        pauses.append(part.error.again_seconds)
    assert pauses == [10.0, 20.0, 40.0, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]
    assert part.value == 1
    assert part.error is not None
    assert "cannot be reached" in part.error.what
    assert "--endpoint-url" in part.error.next_step
    aws.up = True
    aws.now += MAX_PAUSE_SECONDS
    part.read_if_due("shop-dev")
    assert (part.error, part.value) == (None, 7)


def test_a_defect_of_ours_is_not_taken_for_an_answer() -> None:
    def broken() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        Part(broken, 5.0).read_if_due("shop-dev")
