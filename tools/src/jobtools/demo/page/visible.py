"""What must not reach a page as it is? Layer: tools, pure. Escaping of markup is the template's; this is about characters that no page can have
(NUL, half a surrogate pair) or that make text look like another one (control characters, and those that turn the direction of writing round).
"""

from __future__ import annotations

_KEPT = "\n\t"
_CONTROL_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in _KEPT} | {0x7F: 0x2421}
_REPLACED = [*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFE, 0xFFFF]
_TABLE = _CONTROL_PICTURES | dict.fromkeys(_REPLACED, 0xFFFD)


def visible(text: str) -> str:
    """The text with a visible sign for each of them: Unicode's control pictures, or the replacement character."""
    return text.translate(_TABLE).encode("utf-8", "replace").decode() if not text.isascii() else text.translate(_TABLE)


def shortened(text: str, most: int) -> str:
    """At most so many characters, and how many more there are."""
    return text if len(text) <= most else f"{text[:most]}… and {len(text) - most:,} more characters"
