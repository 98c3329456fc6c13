"""The explicit table of triggers and their handlers; a trigger that it does not name goes to the default."""

from __future__ import annotations

from jobqueue import TriggerCatalogue
from main_job import handlers

catalogue = TriggerCatalogue(
    {
        "api_call": handlers.api_call,
    },
    default=handlers.record,
)
