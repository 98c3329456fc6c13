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


def test_it_is_read_when_it_is_due_and_not_before() -> None:
    aws = Aws()
    part = aws.part()
    for aws.now in (100.0, 104.9, 105.0):
        part.look("shop-dev")
    assert (aws.asked, part.value) == (2, 2)


def test_an_error_says_what_is_next_keeps_the_value_and_waits_longer_each_time() -> None:
    aws = Aws()
    part = aws.part()
    part.look("shop-dev")
    aws.up = False
    pauses = []
    for _ in range(5):
        aws.now += 1000
        part.look("shop-dev")
        assert part.trouble is not None
        pauses.append(part.trouble.again_seconds)
    assert pauses == [10.0, 20.0, 40.0, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]
    assert part.value == 1
    assert part.trouble is not None
    assert "cannot be reached" in part.trouble.what
    assert "--endpoint-url" in part.trouble.next_step
    aws.up = True
    aws.now += MAX_PAUSE_SECONDS
    part.look("shop-dev")
    assert (part.trouble, part.value) == (None, 7)


def test_who_does_not_want_to_wait_does_not() -> None:
    aws = Aws()
    part = aws.part()
    part.look("shop-dev")
    part.hurry()
    part.look("shop-dev")
    assert aws.asked == 2


def test_a_defect_of_ours_is_not_taken_for_an_answer() -> None:
    def broken() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        Part(broken, 5.0).look("shop-dev")
