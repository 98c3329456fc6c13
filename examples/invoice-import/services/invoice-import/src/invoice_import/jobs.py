"""The explicit table of job types and their handlers."""

from __future__ import annotations

from invoice_import import handlers
from invoice_import.systems import MAX_CONNECTIONS, systems
from jobqueue import HandlerOptions, JobCatalogue, Routes

catalogue = JobCatalogue(
    {
        "import-invoices": HandlerOptions(handlers.import_invoices, sends=True, max_concurrency=MAX_CONNECTIONS),
        "sum-import": handlers.sum_import,
    },
    resources=systems,
    routes=Routes({"sum-import": "invoice-imports"}),
)
