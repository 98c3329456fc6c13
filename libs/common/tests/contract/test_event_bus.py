"""The event bus in memory and in EventBridge are held to one suite, and what is sent to the schema that others read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jobqueue.consumer.end_events import EventBus
from jobqueue.messages.job_end import JobEnd
from jobqueue.testing import InMemoryEventBus
from jobqueue.testing.contract import EventBridgeBackend, EventBusBackend, EventBusContract
from jobqueue.testing.contract.event_bus import END, LONGEST

SCHEMA = json.loads((Path(__file__).parents[4] / "docs/reference/job-event.schema.json").read_text(encoding="utf-8"))


class InMemory:
    """One double a test."""

    def bus(self) -> EventBus:
        self.made = InMemoryEventBus()
        return self.made

    def missing(self) -> EventBus:
        bus = InMemoryEventBus()
        bus.missing = True
        return bus

    def arrived(self, count: int) -> list[Mapping[str, Any]]:
        return self.made.events.all()


class OfTheSchema(EventBusContract):
    @pytest.mark.parametrize(
        "end",
        [
            END,
            LONGEST,
            replace(END, status="cancelled", reason="withdrawn", seconds=None),
            replace(END, status="dead", reason="wrong_schema", job_type="", stage="", seconds=None),
        ],
    )
    def test_what_arrives_is_as_the_schema_says(self, backend: EventBusBackend, end: JobEnd) -> None:
        assert not backend.bus().put([end])
        (event,) = backend.arrived(1)
        Draft202012Validator(SCHEMA).validate(event)
        assert set(event["detail"]) <= set(SCHEMA["properties"]["detail"]["properties"]), "each field is in the schema"


class TestInMemoryEventBus(OfTheSchema):
    @pytest.fixture
    def backend(self) -> EventBusBackend:
        return InMemory()


class TestEventBridgeOnMoto(OfTheSchema):
    @pytest.fixture
    def backend(self, moto_endpoint: str) -> EventBusBackend:
        return EventBridgeBackend(moto_endpoint)
