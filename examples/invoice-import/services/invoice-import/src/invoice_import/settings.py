"""The service's own settings; the runtime's are in `jobqueue`. Read from the environment once, at start."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue import Secret, setting


@dataclass(frozen=True)
class InvoiceImportSettings:
    """Its queue, which Terraform sets, and the systems that its jobs use."""

    invoice_imports_queue_url: str = setting("the queue that jobs come from", role="receives")
    invoice_imports_dlq_url: str = setting("where jobs go that cannot be done", role="dead_letters")
    invoices_bucket: str = setting("the bucket of invoice files")
    rates_url: str = setting("the address of the service that knows exchange rates")
    rates_token: Secret = setting("its token")
    database_url: Secret = setting("the database of invoices: postgresql://user:password@host/name")
