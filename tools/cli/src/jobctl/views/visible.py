"""Makes control and format characters in text from outside visible.

Error texts, fields, stacks and letters come from anywhere. On a terminal a control character is a command (ESC, C1), and on any screen a format
character makes text look like another text: it reverses the direction of writing, or is invisible. Each is replaced by a visible sign: one of
Unicode's control pictures, or the replacement character. One sign for one character, so that the styles of a text stay in place.
"""

from __future__ import annotations

import re
from typing import overload

from rich.text import Text

HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but the tab and the line end
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Cc, Cf, Cs, Zl and Zp of Unicode 16, its fillers without a shape, and the noncharacters that XML excludes; not the variation selectors of emoji.
For a class in a regular expression."""
_HIDDEN = re.compile(f"[{HIDDEN}]")
_HIDDEN_OR_BREAK = re.compile(f"[{HIDDEN}\t\n]")
_REPLACEMENT = "\ufffd"


@overload
def visible(value: str) -> str: ...
@overload
def visible(value: Text) -> Text: ...
def visible(value: str | Text) -> str | Text:
    """The text with a sign for each character that must not reach a screen. Tabs and line ends stay: see `one_line`."""
    if isinstance(value, str):
        return _HIDDEN.sub(_sign, value)
    if _HIDDEN.search(value.plain) is None:
        return value
    shown = value.copy()
    shown.plain = _HIDDEN.sub(_sign, value.plain)
    return shown


def one_line(text: str) -> str:
    """The same with tabs and line ends replaced too, so that text from outside cannot begin a line of its own."""
    return _HIDDEN_OR_BREAK.sub(_sign, text)


def escaped(json_text: str) -> str:
    """JSON with `\\u` escapes for the same characters: every parser reads the same text as before."""
    return _HIDDEN.sub(_escape, json_text)


def shortened(text: str, most: int) -> str:
    """The first `most` characters, and how many more there are."""
    return text if len(text) <= most else f"{text[:most]}… and {len(text) - most:,} more characters"


def _sign(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else _REPLACEMENT


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
