"""What the jobs of a process share: clients, and the pool of connections to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3
import urllib3
from psycopg_pool import ConnectionPool

from invoice_import.settings import InvoiceImportSettings

MAX_CONNECTIONS = 4
"""Of one process to the database, and so the imports that it has at work at once."""


class Ledger:
    """The table `invoices`. Its key is the job and the line: what a second attempt writes again is there once."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def booked(self, job_id: str) -> set[int]:
        """The lines that this job has booked so far."""
        with self._pool.connection() as connection:
            return {line for (line,) in connection.execute("SELECT line FROM invoices WHERE job_id = %s", (job_id,))}

    def book(self, job_id: str, line: int, customer: str, euros: Decimal) -> None:
        """Books one line, or nothing where it is booked."""
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO invoices (job_id, line, customer, euros) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (job_id, line, customer, euros),
            )

    def total(self, job_id: str) -> Decimal:
        """The sum of what this job has booked."""
        with self._pool.connection() as connection:
            found = connection.execute("SELECT coalesce(sum(euros), 0) FROM invoices WHERE job_id = %s", (job_id,))
            [(total,)] = found
            return Decimal(total)


@dataclass(frozen=True)
class Systems:
    """`context.resources` of every job."""

    s3: Any
    rates: urllib3.PoolManager
    ledger: Ledger


@contextmanager
def systems(settings: InvoiceImportSettings) -> Iterator[Systems]:
    """Opened before the first job, closed after the last. A database that is not there ends the start."""
    token = {"Authorization": f"Bearer {settings.rates_token.reveal()}"}
    with (
        urllib3.PoolManager(headers=token, timeout=10, retries=False) as rates,
        ConnectionPool(
            settings.database_url.reveal(),
            min_size=1,
            max_size=MAX_CONNECTIONS,
            check=ConnectionPool.check_connection,
            open=True,
        ) as pool,
    ):
        pool.wait()
        yield Systems(boto3.client("s3"), rates, Ledger(pool))
