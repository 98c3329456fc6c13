"""HTTP requests to servers on this machine, before which no proxy stands: those that the environment names are for elsewhere."""

from __future__ import annotations

import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ANSWER_SECONDS = 5.0


def answers(url: str) -> bool:
    """Whether a server answers there, with 200."""
    try:
        with OPENER.open(url, timeout=ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:  # refused, reset, or an answer that is an error
        return False
