"""Characters that a name from outside (a correlation id, a trigger's name, a job type) may not have. Pure, any thread.

Such a name goes into every log line, span and SQS attribute, and is read by people. Refused is what cannot travel there and what makes a line look
like another one: controls, line and paragraph separators, and those that turn the direction of writing round. Everything else is allowed: spaces of
every width, the joiners that Persian and Hindi write with, characters newer than this Python.

What SQS carries (the characters of XML 1.0): https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

from __future__ import annotations

import unicodedata

_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_CARRIED = frozenset("\ufffe\uffff")


def allowed(character: str) -> bool:
    """Whether a name may have it."""
    return character.isprintable() or not (
        unicodedata.category(character) in _CATEGORIES or character in _BIDI or character in _NOT_CARRIED
    )


def fault_of(text: str) -> str | None:
    """The first character that is not allowed, with its place, counted from 1; None where all are."""
    if text.isprintable():  # true for almost every name, and many times faster
        return None
    for place, character in enumerate(text, 1):
        if not allowed(character):
            name = unicodedata.name(character, "a control character")
            return f"U+{ord(character):04X} ({_SPOKEN.get(unicodedata.category(character), name)}) at place {place}"
    return None


_SPOKEN = {"Cc": "a control character", "Cs": "half of a surrogate pair", "Cn": "a noncharacter"}
