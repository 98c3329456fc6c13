from __future__ import annotations

import pytest

from jobctl.dead_letters.queues import find, read_selected
from jobctl.dead_letters.selection import Selection
from jobctl.queries.dead_letter_queue import DeadLetterQueue, Depth
from jobctl.queries.dead_letters import peek
from localaws.fast_aws import FastAws

from .stocked import bury, found_in, leave


def test_a_look_sees_every_letter_once_and_changes_nothing_but_the_receive_count(queue: DeadLetterQueue) -> None:
    bury(queue, 25)
    with peek(queue, wait_seconds=0) as letters:
        before = [letter.delivery for letter in letters]

    assert len({delivery.message_id for delivery in before}) == len(before) == 25
    assert queue.depth() == Depth(visible=25, hidden=0)
    after = found_in(queue.client, queue.url)
    assert {one["MessageId"]: (one["Body"], one["Attributes"]["SentTimestamp"]) for one in after} == {
        delivery.message_id: (delivery.body, str(delivery.sent_ms)) for delivery in before
    }
    assert {one["Attributes"]["ApproximateReceiveCount"] for one in after} == {"2"}


def test_a_look_that_is_torn_away_leaves_everything_visible(queue: DeadLetterQueue) -> None:
    bury(queue, 25)

    def torn() -> None:
        with peek(queue, wait_seconds=0) as letters:
            next(letters)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        torn()

    assert queue.depth() == Depth(visible=25, hidden=0)


def test_letters_that_could_not_be_shown_again_at_first_are_shown_at_the_second_try(
    queue: DeadLetterQueue, fast_aws: FastAws
) -> None:
    bury(queue, 10)
    with peek(queue, wait_seconds=0) as letters:
        assert len(list(letters)) == 10
        fast_aws.faults(entry_failure={"ChangeMessageVisibilityBatch": 0.2}, seed=3)

    assert fast_aws.calls()["operations"]["ChangeMessageVisibilityBatch"]["failed_entries"]
    assert queue.depth() == Depth(visible=10, hidden=0)


def test_a_look_keeps_what_is_meant_and_tells_what_somebody_else_has_in_hand(queue: DeadLetterQueue) -> None:
    bury(queue, 3, reason="wrong_schema")
    leave(queue, 2)
    with peek(queue, wait_seconds=0, most=1) as letters:
        list(letters)
        looked = read_selected(queue, Selection(), wait_seconds=0)
    moved = read_selected(queue, Selection(reasons=frozenset({"moved_by_sqs"})), wait_seconds=0)

    assert (len(looked.letters), looked.hidden, looked.more) == (4, 1, False)
    assert (len(moved.letters), moved.hidden) == (2, 0)


def test_a_queue_that_is_not_looked_through_to_the_end_says_so(queue: DeadLetterQueue) -> None:
    bury(queue, 12)

    looked = read_selected(queue, Selection(), most=5, wait_seconds=0)
    assert (len(looked.letters), looked.more) == (5, True)
    assert queue.depth().hidden == 0


def test_one_letter_is_found_by_its_job_id_and_by_its_message_id(queue: DeadLetterQueue) -> None:
    bury(queue, 3)
    one = read_selected(queue, Selection(), wait_seconds=0).letters[1]

    for ident in (one.job_id, one.message_id):
        assert [letter.message_id for letter in find(queue, ident, wait_seconds=0)] == [one.message_id]
    assert find(queue, "another", wait_seconds=0) == []
