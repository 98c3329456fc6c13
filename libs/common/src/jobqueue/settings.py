"""Settings: declared, read from an environment at start, and explained for `--help`.

A group of settings is a frozen dataclass; each field is made by `setting()`. The environment's name of a field is its name in upper case,
so one word goes from Terraform through the environment to the code. `__post_init__` refuses impossible combinations with `SettingError`.
Callers pass the environment; nothing here reads `os.environ`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

Group = TypeVar("Group")

Role = Literal["receives", "dead_letters", "sends"]
"""What a service does with a queue, in the words of `infra/terraform/stack/main.tf`; `dead_letters`: that of the queue it receives from."""


_ENV_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<value>.*?)\s*", re.ASCII)


class SettingError(ValueError):
    """One or more settings are missing, unreadable or impossible together; each line of the text names one. Stop the process."""


class Secret:
    """A text that is never printed: `crm_token: Secret = setting("...")`. `reveal()` gives it to the call that needs it.

    As text, in a log line, in a traceback and in an f-string it is `Secret(***)`; it cannot be pickled or copied into a message.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce_ex__(self, protocol: object, /) -> Any:
        raise TypeError("a Secret cannot be pickled: hand over the name of the setting")


def setting(
    explained: str,
    default: Any = dataclasses.MISSING,
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    one_of: Sequence[str] = (),
    role: Role | None = None,
) -> Any:
    """A dataclass field with its explanation for `--help`. Without a default it is required.

    `minimum` and `maximum` are inclusive; `one_of` lists all values that a text may have; `role` is that of the queue whose URL it is.
    """
    metadata = {
        "explained": explained,
        "unit": unit,
        "minimum": minimum,
        "maximum": maximum,
        "one_of": one_of,
        "role": role,
    }
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def read_env_file(file: Path) -> dict[str, str]:
    """The variables in a file of lines NAME=VALUE, for a run on this machine. Quotes around a value are no part of it; `#` begins a line of comment.

    Raises:
        SettingError: the file cannot be read, or names each line that is no variable, and each that is one of AWS's: a handler on a laptop must
            not reach a real account by accident.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{file}: cannot be read: {error}") from error
    values: dict[str, str] = {}
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _ENV_LINE.fullmatch(line)
        if found is None:
            faults.append(f"{file}:{number}: is not NAME=VALUE")
        elif found["name"].upper().startswith("AWS_"):
            faults.append(
                f"{file}:{number}: {found['name']} is AWS's: leave it out, and a local run gets an endpoint and keys of its own"
            )
        else:
            value = found["value"]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            values[found["name"]] = value[1:-1] if quoted else value
    if faults:
        raise SettingError("\n".join(faults))
    return values


def load(group: type[Group], environ: Mapping[str, str]) -> Group:
    """Reads one group from the environment. An empty variable counts as not set.

    Raises:
        SettingError: names every variable at fault, not only the first; what is impossible together only once each is possible.
    """
    hints = get_type_hints(group)
    values: dict[str, Any] = {}
    faults: list[str] = []
    for field in dataclasses.fields(group):  # type: ignore[arg-type]
        name = field.name.upper()
        text = environ.get(name, "").strip()
        if not text:
            if field.default is dataclasses.MISSING:
                faults.append(f"{name} is not set: {field.metadata['explained']}{_advice(field)}")
            continue
        try:
            values[field.name] = _read(text, hints[field.name])
        except ValueError:
            bounds = _bounds(field)
            faults.append(f"{name}={text!r} is not {_KINDS[_plain(hints[field.name])]}{bounds and ', ' + bounds}")
        else:
            faults += _faults(field, values[field.name])
    if faults:
        raise SettingError("\n".join(faults))
    return group(**values)


def load_all(groups: Sequence[type], environ: Mapping[str, str], *more: Callable[[], object]) -> list[Any]:
    """Reads these groups, and then calls `more`, so that one failed start names every fault.

    Raises:
        SettingError: the faults of all of them, in this order, each once.
    """
    found: list[Any] = []
    faults: list[str] = []
    reads: list[Callable[[], object]] = [partial(load, group, environ) for group in groups]
    for read in (*reads, *more):
        try:
            found.append(read())
        except SettingError as error:
            faults += str(error).splitlines()
    if faults:
        raise SettingError("\n".join(dict.fromkeys(faults)))
    return found


def check_ranges(group: object) -> None:
    """Call it first in `__post_init__`: refuses values outside what their fields allow.

    Raises:
        SettingError: names every field at fault.
    """
    fields = dataclasses.fields(group)  # type: ignore[arg-type]
    faults = [fault for field in fields for fault in _faults(field, getattr(group, field.name))]
    if faults:
        raise SettingError("\n".join(faults))


def rows(groups: Sequence[type]) -> list[tuple[str, str, str]]:
    """The settings of these groups: name in the environment, default with its unit, explanation."""
    found = []
    for group in groups:
        for field in dataclasses.fields(group):
            default = "required" if field.default is dataclasses.MISSING else _shown(field.default)
            unit = "" if field.default is None else field.metadata["unit"]
            found.append((field.name.upper(), f"{default} {unit}".strip(), field.metadata["explained"]))
    return found


def explain(groups: Sequence[type]) -> str:
    """The same as `rows`, as lines for `--help`."""
    found = rows(groups)
    first = max(len(row[0]) for row in found)
    second = max(len(row[1]) for row in found)
    return "\n".join(f"  {name:<{first}}  {default:<{second}}  {explained}" for name, default, explained in found)


def _advice(field: dataclasses.Field[Any]) -> str:
    """What to do where it is not set; only of queues to send to, which the stack sets where it knows of them."""
    if field.metadata["role"] != "sends":
        return ""
    queue = field.name.removesuffix("_queue_url").replace("_", "-")
    return f'. Name "{queue}" in the service\'s `sends` (infra/terraform/stack/main.tf)'


def _faults(field: dataclasses.Field[Any], value: Any) -> list[str]:
    """The faults of a value of the right type: none, or one line."""
    name, one_of = field.name.upper(), field.metadata.get("one_of")
    if one_of and value not in one_of:
        return [f"{name}={value!r} is not one of {', '.join(one_of)}"]
    if value is None or isinstance(value, str | Secret):
        return []
    minimum, maximum = field.metadata.get("minimum"), field.metadata.get("maximum")
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        return [f"{name}={value} must be {_bounds(field)}"]
    return []


def _bounds(field: dataclasses.Field[Any]) -> str:
    minimum, maximum = field.metadata.get("minimum"), field.metadata.get("maximum")
    if maximum is not None:
        return f"between {minimum or 0:,} and {maximum:,} {field.metadata['unit']}".rstrip()
    return "" if minimum is None else f"at least {minimum:,} {field.metadata['unit']}".rstrip()


_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Secret: "text"}


def _plain(kind: Any) -> type:
    for plain in (bool, int, float, str, Secret):
        if kind in (plain, plain | None):
            return plain
    raise TypeError(f"settings are text, numbers, true/false or Secret, not {kind}")


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
    return Secret(text) if plain is Secret else text


def _shown(default: object) -> str:
    if default is None:
        return "not set"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:,}" if isinstance(default, int) else str(default) or '""'
