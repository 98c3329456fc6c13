"""Samples of a profile, added up by thread role, part, function and line."""

from __future__ import annotations

from devkit.bench.profile import table

STACKS = [
    "thread (7): settle-1;Thread.run (threading.py:975);send (jobqueue/sqs/sender.py:40);call (botocore/client.py:9);dumps (json/encoder.py:2) 3",
    "thread (8): settle-2;Thread.run (threading.py:975);send (jobqueue/sqs/sender.py:41) 1",
    "thread (9): worker-11;Thread.run (threading.py:975);wait (threading.py:331) 4",
]


def test_threads_are_added_up_by_their_role() -> None:
    text = "\n".join(table(STACKS))
    assert " 50.0%  settle\n" in text
    assert " 50.0%  worker\n" in text


def test_a_sample_belongs_to_the_innermost_part() -> None:
    text = "\n".join(table(STACKS))
    assert " 37.5%  boto3, urllib3 and http\n" in text
    assert " 12.5%  SQS adapter\n" in text
    assert " 50.0%  the rest\n" in text


def test_a_function_counts_what_it_calls_and_a_line_only_itself() -> None:
    text = "\n".join(table(STACKS))
    assert " 50.0%  send (jobqueue/sqs/sender.py)\n" in text
    assert " 12.5%  send (jobqueue/sqs/sender.py:41)" in text


def test_a_profile_without_samples_says_so() -> None:
    assert list(table([]))[:1] == ["  0 samples of whoever held the interpreter"]
