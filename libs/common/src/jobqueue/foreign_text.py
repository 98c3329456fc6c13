"""Text of errors from outside, as far as a log line may show it. Pure.

No credential may be shown: AWS answers a wrong signature with all that was signed, the session token included, in the lines behind the first; and
Python's HTTP client quotes a header that it cannot send, which is that token with a line end behind it.
"""

from __future__ import annotations

MAX_CHARACTERS = 300
"""Of a text; ours: a log line has room for it."""

UNSENDABLE_HEADER = "Invalid header value"
"""How `http.client` begins to quote one."""


def first_line(error: object) -> str:
    """The first line of what an error says."""
    text = str(error).strip().partition("\n")[0]
    if UNSENDABLE_HEADER in text:
        return "a header cannot be sent: a credential holds a line end or the like (it is not shown)"
    return text[:MAX_CHARACTERS]
