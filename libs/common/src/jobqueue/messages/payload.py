"""What type can a background handler ask for? Layer 1. `JobData[Data, Result]` names the shape of a background job's `data`.

    def send_report(job: JobData[Report, None], context: Context) -> None:
        job.original_trigger.data.customer   # Report, validated before the handler runs

A handler may as well name a dataclass, a TypedDict or a msgspec.Struct of its own, or take the plain dictionary.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from jobqueue.messages.errors import Undecodable

Data = TypeVar("Data")
Result = TypeVar("Result")


class OriginalTrigger(msgspec.Struct, Generic[Data], frozen=True, rename="camel"):
    """The trigger as it came; `data` as the handler types it."""

    trigger: str
    data: Data


class JobData(msgspec.Struct, Generic[Data, Result], frozen=True, rename="camel"):
    """A background job's `data`: the original trigger, and what the main job's handler returned."""

    original_trigger: OriginalTrigger[Data]
    main_job_result: Result


def validated(data: object, kind: Any) -> Any:
    """`data` as a value of `kind`.

    Raises:
        Undecodable: it does not fit; the text names the place and what was expected.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Undecodable("wrong_schema", f"data: {error}") from error
