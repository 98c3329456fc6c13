"""How is a setting declared, read and explained? Layer 0, main thread, once, at start; never reads the environment by itself.

A group of settings is a frozen dataclass; each field is made by `setting()`. The environment's name of a field is its name in upper case,
so one word goes from Terraform through the environment to the code. `__post_init__` refuses impossible combinations with `SettingError`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_type_hints

Group = TypeVar("Group")


class SettingError(ValueError):
    """One or more settings are missing, unreadable or impossible together; each line of the text names one. Stop the process."""


def setting(
    explained: str,
    default: Any = dataclasses.MISSING,
    *,
    unit: str = "",
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A dataclass field that knows what `--help` says of it. Without a default it is required. `least` and `most` are inclusive."""
    metadata = {"explained": explained, "unit": unit, "least": least, "most": most}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def load(group: type[Group], environ: Mapping[str, str]) -> Group:
    """Reads one group from the environment. An empty variable counts as not set.

    Raises:
        SettingError: names every variable at fault, not only the first.
    """
    hints = get_type_hints(group)
    values: dict[str, object] = {}
    faults: list[str] = []
    for field in dataclasses.fields(group):  # type: ignore[arg-type]
        name = field.name.upper()
        text = environ.get(name, "").strip()
        if not text:
            if field.default is dataclasses.MISSING:
                faults.append(f"{name} is not set: {field.metadata['explained']}")
            continue
        try:
            values[field.name] = _read(text, hints[field.name])
        except ValueError:
            faults.append(f"{name}={text!r} is not {_KINDS[_plain(hints[field.name])]}")
    if faults:
        raise SettingError("\n".join(faults))
    return group(**values)


def check_ranges(group: object) -> None:
    """Call it first in `__post_init__`: refuses values outside the `least` and `most` of their fields.

    Raises:
        SettingError: names every field at fault.
    """
    faults = []
    for field in dataclasses.fields(group):  # type: ignore[arg-type]
        value, least, most = getattr(group, field.name), field.metadata.get("least"), field.metadata.get("most")
        if value is None or isinstance(value, str):
            continue
        if (least is not None and value < least) or (most is not None and value > most):
            bounds = f"at least {least:,}" if most is None else f"between {least or 0:,} and {most:,}"
            faults.append(f"{field.name.upper()}={value} must be {bounds} {field.metadata['unit']}".rstrip())
    if faults:
        raise SettingError("\n".join(faults))


def rows(groups: Sequence[type]) -> list[tuple[str, str, str]]:
    """The settings of these groups: name in the environment, default with its unit, what it is."""
    found = []
    for group in groups:
        for field in dataclasses.fields(group):
            default = "required" if field.default is dataclasses.MISSING else _shown(field.default)
            unit = "" if field.default is None else field.metadata["unit"]
            found.append((field.name.upper(), f"{default} {unit}".strip(), field.metadata["explained"]))
    return found


def explain(groups: Sequence[type]) -> str:
    """The same as lines for `--help`."""
    found = rows(groups)
    first = max(len(row[0]) for row in found)
    second = max(len(row[1]) for row in found)
    return "\n".join(f"  {name:<{first}}  {default:<{second}}  {explained}" for name, default, explained in found)


_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def _plain(kind: Any) -> type:
    for plain in (bool, int, float, str):
        if kind in (plain, plain | None):
            return plain
    raise TypeError(f"settings are text, numbers or true/false, not {kind}")


def _read(text: str, kind: Any) -> object:
    plain = _plain(kind)
    if plain is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if plain is int:
        return int(text)
    if plain is float:
        value = float(text)
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(text)
        return value
    return text


def _shown(default: object) -> str:
    if default is None:
        return "not set"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:,}" if isinstance(default, int) else str(default) or '""'
