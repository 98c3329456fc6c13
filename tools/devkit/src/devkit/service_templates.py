"""The files of a new service, as `str.format` fills them in; paths are below the service's folder."""

from __future__ import annotations

TEMPLATES = {
    "pyproject.toml": """\
[project]
name = "{name}"
version = "0.1.0"
description = "Does the jobs of the queue {queue}, and writes each into a log stream of its own."
readme = "README.md"
requires-python = ">=3.11"
license = "Apache-2.0"
classifiers = ["Private :: Do Not Upload"]
dependencies = [
  "jobqueue",
]

[project.scripts]
{name} = "{module}.__main__:main"

[tool.uv.sources]
jobqueue = {{ workspace = true }}

[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/{module}"]
""",
    "README.md": """\
# {name}

Takes jobs from the queue `{queue}`, runs the handler that their `jobType` names, and writes each into a log stream of its own.

Handlers: [handlers.py](src/{module}/handlers.py), their table: [jobs.py](src/{module}/jobs.py), its own settings:
[settings.py](src/{module}/settings.py). `{name} --help` lists all settings. [Add a job type](../../docs/howto/add-a-job-type.md).
""",
    "CHANGELOG.md": """\
# Changelog

This package has its own version; see `pyproject.toml`.

## 0.1.0

First version.
""",
    "src/{module}/__init__.py": '''\
"""Does the jobs of the queue {queue}."""
''',
    "src/{module}/py.typed": "",
    "src/{module}/__main__.py": '''\
"""`{name}`: starts the consumer."""

from __future__ import annotations

import sys

{imports_of_main}

SERVICE = Service(
    "{name}",
    settings={settings},
    catalogue="{module}.jobs:catalogue",
    job_logs=True,
)


def main() -> int:
    """The console script."""
    return run(SERVICE)


if __name__ == "__main__":
    sys.exit(main())
''',
    "src/{module}/settings.py": '''\
"""The service's own settings; the runtime's are in `jobqueue`. Read from the environment once, at start."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue import setting


@dataclass(frozen=True)
class {settings}:
    """Its queue. Terraform sets {variable}_QUEUE_URL and {variable}_DLQ_URL."""

    {field}_queue_url: str = setting("the queue that jobs come from", role="receives")
    {field}_dlq_url: str = setting("where jobs go that cannot be done", role="dead_letters")
''',
    "src/{module}/jobs.py": '''\
"""The explicit table of job types and their handlers."""

from __future__ import annotations

{imports_of_jobs}

catalogue = JobCatalogue(
    {{
        "example": handlers.example,
    }}
)
''',
    "src/{module}/handlers.py": '''\
"""What each job does. Plain functions `(data, context)`; a job may run more than once: `context.job_id` is its idempotency key."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue import Context


@dataclass(frozen=True)
class Example:
    """The data of an `example` job."""

    subject: str


def example(data: Example, context: Context) -> None:
    """Write your own in its place."""
    context.log.info("at work", subject=data.subject)
    context.complete(subject=data.subject)
''',
    "tests/test_jobs.py": '''\
"""The service as a whole: its table on the real consumer, over an in-memory queue."""

from __future__ import annotations

{imports_of_tests}


def test_an_example_is_completed() -> None:
    queue = InMemoryQueue("{queue}")
    put_job(queue, "example", {{"subject": "acme"}})
    assert drain(catalogue, queue).completions == [{{"subject": "acme"}}]


def test_an_example_without_its_subject_is_rejected_with_the_place_named() -> None:
    queue = InMemoryQueue("{queue}")
    put_job(queue, "example")
    [letter] = drain(catalogue, queue).dead_letters
    assert letter.reason == "wrong_schema"
    assert "subject" in letter.error
''',
}
