"""What each job does. Plain functions `(data, context)`; a job may run more than once: `context.job_id` is its idempotency key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from invoice_import.settings import InvoiceImportSettings
from invoice_import.systems import Systems
from jobqueue import Context, RejectJob, RetryJob

InvoiceContext = Context[InvoiceImportSettings, Systems]


@dataclass(frozen=True)
class InvoiceFile:
    """The data of an `import-invoices` job: an object of the bucket."""

    key: str


@dataclass(frozen=True)
class Import:
    """The data of a `sum-import` job: the job that imported."""

    job_id: str


def import_invoices(file: InvoiceFile, context: InvoiceContext) -> None:
    """Books each invoice of a file in euros. Another attempt goes on behind the lines that are booked."""
    found = context.resources.s3.get_object(Bucket=context.settings.invoices_bucket, Key=file.key)
    invoices, ledger = json.load(found["Body"]), context.resources.ledger
    booked = ledger.booked(context.job_id)
    for line, invoice in enumerate(invoices, 1):
        if context.stopping:
            raise RetryJob("the worker drains: another one takes over", after_seconds=0)
        if line not in booked:
            euros = Decimal(invoice["amount"]) * _rate(invoice["currency"], context)
            ledger.book(context.job_id, line, invoice["customer"], euros)
        context.log.progress(line, len(invoices))
    context.send_job("sum-import", {"job_id": context.job_id})
    context.complete(invoices=len(invoices))


def sum_import(done: Import, context: InvoiceContext) -> None:
    """Puts the sum of an import into the log."""
    context.complete(euros=str(context.resources.ledger.total(done.job_id)))


def _rate(currency: str, context: InvoiceContext) -> Decimal:
    """Euros for one of `currency`. A service that is down for a while is asked again by the next attempt."""
    answer = context.resources.rates.request("GET", f"{context.settings.rates_url}/rates/{currency}")
    if answer.status == 404:
        raise RejectJob("unknown_currency", f"the rates service does not know {currency!r}")
    if answer.status != 200:
        raise RetryJob(f"the rates service answers {answer.status}")
    return Decimal(answer.json()["rate"])
