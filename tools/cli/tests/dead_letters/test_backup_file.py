from __future__ import annotations

import json
from pathlib import Path

from jobctl.dead_letters.backup_file import BackupFile
from jobqueue.messages.delivery import Attribute

from .letters import SENT_MS, delivery, moved


def test_a_line_holds_all_of_a_letter(tmp_path: Path) -> None:
    letter = moved(
        delivery(
            "half \u2028 a line",
            {"blob": Attribute(b"\0\1", "Binary"), "n": Attribute("1", "Number")},
            trace_header="Root=1",
            group_id="tenant-1",
        )
    )
    with BackupFile(tmp_path / "result.jsonl") as file:
        file.add("drop", "orders-dlq", [letter])

    (line,) = (tmp_path / "result.jsonl").read_text(encoding="utf-8").splitlines()
    said = json.loads(line)
    assert said.pop("takenAt").endswith("Z")
    assert said == {
        "action": "drop",
        "queue": "orders-dlq",
        "source": letter.delivery.queue,
        "messageId": "m-1",
        "jobId": letter.job_id,
        "correlationId": "m-1",
        "reason": "moved_by_sqs",
        "receiveCount": 3,
        "sentTimestamp": SENT_MS,
        "body": "half \u2028 a line",
        "attributes": {"blob": {"kind": "Binary", "base64": "AAE="}, "n": {"kind": "Number", "value": "1"}},
        "traceHeader": "Root=1",
        "messageGroupId": "tenant-1",
    }


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    with BackupFile(tmp_path / "result.jsonl"):
        assert (tmp_path / "result.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_kill_cut_short_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "result.jsonl"
    path.write_text('{"action": "dr')
    with BackupFile(path) as file:
        file.add("drop", "orders-dlq", [moved(delivery())])

    cut, whole = path.read_text().splitlines()
    assert cut == '{"action": "dr'
    assert json.loads(whole)["messageId"] == "m-1"
