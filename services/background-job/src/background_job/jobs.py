"""The explicit table of job types and their handlers; a type that it does not name is tried again later, by a newer worker."""

from __future__ import annotations

from background_job import handlers
from jobqueue import JobCatalogue

catalogue = JobCatalogue(
    {
        "main-job-processing": handlers.process_main_job,
        "simulate": handlers.simulate,
    }
)
