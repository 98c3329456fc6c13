"""The SQS worker runtime: receive, decode, handle, log, settle. What a service needs is imported from here; its tests use `jobqueue.testing`.

A name is loaded when it is first asked for, and nothing before: `python -m jobqueue.health` runs every few seconds on a fraction of a core.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobqueue.bootstrap import run
    from jobqueue.consumer.catalogue import HandlerOptions, JobCatalogue, TriggerCatalogue
    from jobqueue.consumer.context import Context
    from jobqueue.consumer.routes import Routes
    from jobqueue.messages.errors import RejectJob, RetryJob, StepInterrupted
    from jobqueue.service import Service
    from jobqueue.settings import Secret, SettingError, setting

__all__ = [
    "Context",
    "HandlerOptions",
    "JobCatalogue",
    "RejectJob",
    "RetryJob",
    "Routes",
    "Secret",
    "Service",
    "SettingError",
    "StepInterrupted",
    "TriggerCatalogue",
    "run",
    "setting",
]

_MODULES = {
    "Context": "consumer.context",
    "HandlerOptions": "consumer.catalogue",
    "JobCatalogue": "consumer.catalogue",
    "RejectJob": "messages.errors",
    "RetryJob": "messages.errors",
    "Routes": "consumer.routes",
    "Secret": "settings",
    "Service": "service",
    "SettingError": "settings",
    "StepInterrupted": "messages.errors",
    "TriggerCatalogue": "consumer.catalogue",
    "run": "bootstrap",
    "setting": "settings",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
