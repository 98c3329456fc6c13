"""Times of sends and ends, and the buckets in which each trigger is counted once as sent and once as ended."""

from __future__ import annotations

import pytest

from devkit.demo.page.plots import MAX_BUCKETS, buckets_of, moments_of, nearest_rank

from .runs import fate, spans_of


def test_a_completed_job_ended_when_its_log_says_and_a_dead_letter_with_its_last_attempt() -> None:
    fates = [fate(1, at=1.0), fate(2, "dead letter", at=2.0), fate(3, "lost", at=3.0)]
    moments = moments_of(fates, [span for one in fates for span in spans_of(one)])
    assert [one.sent_s for one in moments] == [0.0, 1.0, 2.0]
    assert [one.ended_s for one in moments] == [0.2, pytest.approx(1.15), None]


def test_a_dead_letter_of_which_no_span_came_has_no_end() -> None:
    assert moments_of([fate(1, "dead letter")], [])[0].ended_s is None


@pytest.mark.parametrize("count", [1, 7, 60, 500])
def test_every_trigger_is_in_one_bucket_as_sent_and_in_one_as_ended(count: int) -> None:
    fates = [fate(number, "completed" if number % 5 else "dead letter") for number in range(1, count + 1)]
    buckets = buckets_of(moments_of(fates, [span for one in fates for span in spans_of(one)]))
    assert len(buckets) <= MAX_BUCKETS
    assert sum(one.sent for one in buckets) == count
    assert sum(one.completed for one in buckets) == sum(one.word == "completed" for one in fates)
    assert sum(one.dead for one in buckets) == sum(one.word == "dead letter" for one in fates)


def test_few_triggers_make_wide_buckets() -> None:
    buckets = buckets_of(moments_of([fate(1), fate(2, at=6.5)], []))
    assert buckets[0].width_s == 1


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (0.0, 1), (1.0, 4)])
def test_a_share_of_the_values_does_not_exceed_it(share: float, value: float) -> None:
    assert nearest_rank([4, 1, 3, 2], share) == value
