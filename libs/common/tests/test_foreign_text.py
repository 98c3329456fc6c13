from __future__ import annotations

import http.client

import pytest
from botocore.exceptions import HTTPClientError

from jobqueue.foreign_text import first_line

TOKEN = "FwoGEXAMPLETOKEN"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_header_that_python_cannot_send_is_not_shown(end: str) -> None:
    with pytest.raises(ValueError, match="header value") as refused:
        http.client.HTTPConnection("127.0.0.1").request("GET", "/", headers={"X-Amz-Security-Token": TOKEN + end})
    assert TOKEN in str(refused.value)
    for error in (refused.value, HTTPClientError(error=refused.value)):
        assert TOKEN not in first_line(error)


def test_what_stands_behind_the_first_line_is_not_shown() -> None:
    assert first_line(f"SignatureDoesNotMatch: no.\n\nThe canonical string\n{TOKEN}") == "SignatureDoesNotMatch: no."


def test_a_long_text_is_cut() -> None:
    assert len(first_line("x" * 10_000)) == 300
