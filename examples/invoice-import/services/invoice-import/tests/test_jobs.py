"""The service as a whole: its table on the real consumer, over an in-memory queue; without AWS, the rates service and the database."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from invoice_import.jobs import catalogue
from invoice_import.systems import Systems
from jobqueue.testing import Drained, InMemoryQueue, drain, put_job

INVOICES = [
    {"customer": "acme", "amount": "12.50", "currency": "USD"},
    {"customer": "b", "amount": "2", "currency": "EUR"},
]
SETTINGS = SimpleNamespace(invoices_bucket="invoices", rates_url="http://rates")


class Lines:
    """In place of `Ledger`."""

    def __init__(self) -> None:
        self.euros: dict[int, Decimal] = {}

    def booked(self, _: str) -> set[int]:
        return set(self.euros)

    def book(self, _: str, line: int, customer: str, euros: Decimal) -> None:
        assert line not in self.euros, "only once"
        self.euros[line] = euros

    def total(self, _: str) -> Decimal:
        return sum(self.euros.values(), Decimal())


def imported(*statuses: int) -> Drained:
    """The import of two invoices where the rates service answers so, and what it led to."""
    s3 = SimpleNamespace(get_object=lambda **_: {"Body": io.BytesIO(json.dumps(INVOICES).encode())})
    answers = iter(statuses)
    rates: Any = SimpleNamespace(request=lambda *_: SimpleNamespace(status=next(answers), json=lambda: {"rate": "0.5"}))
    ledger: Any = Lines()
    queue = InMemoryQueue("invoice-imports")
    put_job(queue, "import-invoices", {"key": "2026-01.json"})
    return drain(catalogue, queue, next_jobs=queue, settings=SETTINGS, resources=Systems(s3, rates, ledger))


def test_a_file_is_booked_and_then_summed() -> None:
    assert imported(200, 200).completions == [{"invoices": 2}, {"euros": "7.250"}]


def test_where_the_rates_service_fails_another_attempt_asks_for_the_rest_only() -> None:
    assert imported(200, 503, 200).completions == [{"invoices": 2}, {"euros": "7.250"}]


def test_an_unknown_currency_is_rejected_with_its_reason() -> None:
    [letter] = imported(404).dead_letters
    assert letter.reason == "unknown_currency"
